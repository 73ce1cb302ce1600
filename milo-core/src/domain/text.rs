//! Bounded texts: names, titles, addresses. Each kind is its own type with its own limit.

use super::Invalid;

/// Whether a character shows nothing and could make a text read as another one.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks, overrides and isolates of direction (Unicode TR 36).
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // Without width. The joiners U+200C and U+200D stay: Persian and emoji are written with them.
            | '\u{200B}' | '\u{2060}' | '\u{FEFF}'
            // Separators of lines and paragraphs.
            | '\u{2028}' | '\u{2029}'
        )
}

/// Trims, then checks length in characters and that nothing invisible is hidden in it.
fn parse_text(text: &str, min: usize, max: usize, many_lines: bool) -> Result<String, Invalid> {
    let text = text.trim();
    let count = text.chars().count();
    if count < min {
        return Err(if min == 1 {
            Invalid::new("empty", "must not be empty")
        } else {
            Invalid::new("too_short", format!("must have at least {min} characters"))
        });
    }
    if count > max {
        return Err(Invalid::new("too_long", format!("must have at most {max} characters")));
    }
    let hidden = |c: char| is_hidden(c) && !(many_lines && matches!(c, '\n' | '\t'));
    if text.chars().any(hidden) {
        return Err(Invalid::new(
            "invalid_characters",
            "must not contain control, text-direction or other hidden characters",
        ));
    }
    Ok(text.to_owned())
}

macro_rules! text {
    ($($(#[$doc:meta])* $name:ident: $min:literal..=$max:literal, many_lines: $many:literal;)+) => {$(
        $(#[$doc])*
        ///
        /// Surrounding white space is dropped; control, text-direction and other hidden characters are refused.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The fewest characters.
            pub const CHARS_MIN: usize = $min;
            /// The most characters.
            pub const CHARS_MAX: usize = $max;

            /// Reads the text.
            ///
            /// # Errors
            /// `empty`, `too_short`, `too_long` or `invalid_characters`.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                parse_text(text, $min, $max, $many).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
    )+};
}

text! {
    /// What a person is called in Milo.
    DisplayName: 1..=100, many_lines: false;
    /// The title of a film.
    Title: 1..=200, many_lines: false;
    /// What a film is about.
    Description: 0..=5000, many_lines: true;
    /// One genre, such as `Drama`.
    Genre: 1..=40, many_lines: false;
    /// A language, such as `English` or `en`.
    Language: 1..=40, many_lines: false;
    /// An age rating, such as `PG-13`.
    Rating: 1..=16, many_lines: false;
    /// The name of a theater or a screen.
    PlaceName: 1..=120, many_lines: false;
    /// A street address.
    Address: 1..=200, many_lines: false;
    /// A city.
    City: 1..=100, many_lines: false;
    /// A state, province or region.
    Region: 1..=100, many_lines: false;
    /// A postal code.
    PostalCode: 1..=16, many_lines: false;
    /// What somebody writes about a film.
    ReviewText: 1..=4000, many_lines: true;
    /// Words that a film's title or description is searched for.
    SearchText: 1..=100, many_lines: false;
}
