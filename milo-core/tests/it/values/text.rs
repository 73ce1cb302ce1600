//! Every kind of bounded text.

use milo_core::domain::*;
use proptest::prelude::*;
use proptest::sample::select;

use super::{code, is_json, refuses_json, some};

/// Characters that show nothing and can make a text read as another one.
pub(super) const HIDDEN: [char; 24] = [
    '\0', '\u{1}', '\u{8}', '\r', '\u{1B}', '\u{7F}', '\u{80}', '\u{85}', '\u{9F}', // control
    '\u{061C}', '\u{200E}', '\u{200F}', '\u{202A}', '\u{202B}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2068}',
    '\u{2069}', // direction
    '\u{200B}', '\u{2060}', '\u{FEFF}', // without width
    '\u{2028}', '\u{2029}', // separators of lines
];

/// A visible character in the middle of which a hidden one would be found.
fn visible() -> impl Strategy<Value = char> {
    select(&['a', 'Z', '7', 'é', 'ß', '漢', 'ש', '🎬', '\u{200D}', '-', '\'', '<'][..])
}

fn written() -> impl Strategy<Value = char> {
    prop_oneof![
        6 => visible(),
        2 => select(&[' ', '\t', '\n', '\u{A0}', '\u{3000}'][..]),
        1 => select(&HIDDEN[..]),
        1 => any::<char>(),
    ]
}

macro_rules! texts {
    ($($module:ident: $Text:ident, $min:literal..=$max:literal, lines: $lines:literal;)+) => {$(
        mod $module {
            use super::*;

            #[test]
            fn the_bounds_count_characters_and_not_bytes() {
                assert_eq!(($Text::CHARS_MIN, $Text::CHARS_MAX), ($min, $max));
                for letter in ["x", "é", "漢", "🎬"] {
                    let longest = letter.repeat($max);
                    assert_eq!($Text::parse(&longest).unwrap().as_str(), longest);
                    assert_eq!(code($Text::parse(&letter.repeat($max + 1))), "too_long");
                    assert!($Text::parse(letter).is_ok());
                }
            }

            #[test]
            fn a_text_of_white_space_is_empty() {
                for blank in ["", " ", "\t \n", "\u{A0}\u{3000}"] {
                    if $min == 0 {
                        assert_eq!($Text::parse(blank).unwrap().as_str(), "");
                    } else {
                        assert_eq!(code($Text::parse(blank)), "empty");
                        refuses_json::<$Text>(blank);
                    }
                }
            }

            #[test]
            fn hidden_characters_are_refused_wherever_they_stand() {
                for hidden in HIDDEN {
                    let text = format!("a{hidden}b");
                    assert_eq!(code($Text::parse(&text)), "invalid_characters", "{hidden:?}");
                    refuses_json::<$Text>(text);
                }
            }

            #[test]
            fn only_a_text_of_many_lines_has_line_breaks_and_tabs() {
                for text in ["a\nb", "a\tb", "a\r\nb"] {
                    let read = $Text::parse(text);
                    assert_eq!(read.is_ok(), $lines, "{text:?}");
                    if let Ok(read) = read {
                        assert_eq!(read.as_str(), text.replace('\r', ""), "lines end in one way");
                    }
                }
            }

            proptest! {
                #![proptest_config(some())]

                #[test]
                fn a_text_is_trimmed_and_kept_or_breaks_a_rule(
                    start in prop::collection::vec(written(), 0..12),
                    filler in visible(),
                    filling in 0..=$max + 4_usize,
                    end in prop::collection::vec(written(), 0..12),
                ) {
                    let middle = std::iter::repeat_n(filler, filling);
                    let text: String = start.into_iter().chain(middle).chain(end).collect();
                    let one_line_end = if $lines { text.replace("\r\n", "\n") } else { text.clone() };
                    let inner = one_line_end.trim();
                    let count = inner.chars().count();
                    let line_break = |c: char| $lines && matches!(c, '\n' | '\t');
                    let hidden = |c: char| (c.is_control() || HIDDEN.contains(&c) || is_bidi(c)) && !line_break(c);
                    match $Text::parse(&text) {
                        Ok(read) => {
                            prop_assert_eq!(read.as_str(), inner);
                            prop_assert_eq!(read.to_string(), inner);
                            prop_assert!(($min..=$max).contains(&count));
                            prop_assert!(!inner.chars().any(hidden));
                            prop_assert_eq!($Text::parse(read.as_str()), Ok(read.clone()));
                            is_json(&read, inner);
                        }
                        Err(wrong) => {
                            let broken = match wrong.code {
                                "empty" => inner.is_empty(),
                                "too_long" => count > $max,
                                "invalid_characters" => inner.chars().any(hidden),
                                _ => false,
                            };
                            prop_assert!(broken, "{}: {:?}", wrong.code, text);
                        }
                    }
                }
            }
        }
    )+};
}

/// Unicode's property `Bidi_Control`.
fn is_bidi(c: char) -> bool {
    matches!(u32::from(c), 0x61C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069)
}

texts! {
    display_name: DisplayName, 1..=100, lines: false;
    title: Title, 1..=200, lines: false;
    description: Description, 0..=5000, lines: true;
    genre: Genre, 1..=40, lines: false;
    language: Language, 1..=40, lines: false;
    rating: Rating, 1..=16, lines: false;
    place_name: PlaceName, 1..=120, lines: false;
    address: Address, 1..=200, lines: false;
    city: City, 1..=100, lines: false;
    region: Region, 1..=100, lines: false;
    postal_code: PostalCode, 1..=16, lines: false;
    review_text: ReviewText, 1..=4000, lines: true;
    search_text: SearchText, 1..=100, lines: false;
}

#[test]
fn the_joiners_of_persian_and_of_emoji_are_kept() {
    for text in ["می\u{200C}خواهم", "👩\u{200D}🚀"] {
        assert_eq!(Title::parse(text).unwrap().as_str(), text);
    }
}
