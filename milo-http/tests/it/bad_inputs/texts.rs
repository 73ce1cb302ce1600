//! Odd texts, and what each kind of field makes of them.

use super::fields::Holds;
use super::verdict::Verdict;

/// What is odd about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    Empty,
    Blank,
    /// Holds a character that shows nothing: a control character, a direction, a space without width.
    Hidden,
    /// Holds the end of a line or a tabulator.
    Break,
    /// Holds characters beyond ASCII, all of which show.
    Foreign,
    /// Printable ASCII with a space in it.
    Spaced,
    /// Visible ASCII.
    Ascii,
    /// Digits alone.
    Digits,
}

/// Short, so that none is refused for its length.
pub(super) const TEXTS: &[(&str, &str, Odd)] = &[
    ("nothing", "", Odd::Empty),
    ("a space", " ", Odd::Blank),
    ("white space", " \t\r\n ", Odd::Blank),
    ("a no-break space", "\u{a0}", Odd::Blank),
    ("NUL", "\0", Odd::Hidden),
    ("NUL within", "a\0b", Odd::Hidden),
    ("NUL at the end", "admin\0", Odd::Hidden),
    ("a backspace", "a\u{8}b", Odd::Hidden),
    ("an escape", "a\u{1b}[31mb", Odd::Hidden),
    ("DEL", "a\u{7f}b", Odd::Hidden),
    ("C1", "a\u{9b}b", Odd::Hidden),
    ("a carriage return", "a\rb", Odd::Hidden),
    ("a vertical tabulator", "a\u{b}b", Odd::Hidden),
    ("next line", "a\u{85}b", Odd::Hidden),
    ("RTL override", "a\u{202e}b", Odd::Hidden),
    ("LTR embedding", "a\u{202a}b", Odd::Hidden),
    ("an isolate", "a\u{2066}b\u{2069}", Odd::Hidden),
    ("RTL mark", "a\u{200f}b", Odd::Hidden),
    ("Arabic letter mark", "a\u{61c}b", Odd::Hidden),
    ("a space without width", "a\u{200b}b", Odd::Hidden),
    ("a word joiner", "a\u{2060}b", Odd::Hidden),
    ("a byte order mark", "\u{feff}ab", Odd::Hidden),
    ("a line separator", "a\u{2028}b", Odd::Hidden),
    ("a paragraph separator", "a\u{2029}b", Odd::Hidden),
    ("a line's end", "a\nb", Odd::Break),
    ("a tabulator", "a\tb", Odd::Break),
    ("emoji", "\u{1f3ac}", Odd::Foreign),
    ("a family", "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}", Odd::Foreign),
    ("marks upon marks", "a\u{301}\u{302}\u{303}\u{304}", Odd::Foreign),
    ("Persian", "\u{645}\u{6cc}\u{200c}\u{62e}", Odd::Foreign),
    ("a look-alike", "\u{430}dm\u{456}n", Odd::Foreign),
    ("full width", "\u{ff11}\u{ff12}", Odd::Foreign),
    ("a dotless i", "\u{131}", Odd::Foreign),
    ("beyond the first plane", "\u{20000}", Odd::Foreign),
    ("SQL", "';drop table--", Odd::Spaced),
    ("SQL always true", "' or '1'='1", Odd::Spaced),
    ("markup", "<script>", Odd::Ascii),
    ("a way out", "../../etc/passwd", Odd::Ascii),
    ("a template", "{{7*7}}", Odd::Ascii),
    ("a look-up", "${jndi:x}", Odd::Ascii),
    ("a format", "%s%n%x", Odd::Ascii),
    ("a null byte, encoded", "%00", Odd::Ascii),
    ("null", "null", Odd::Ascii),
    ("true", "true", Odd::Ascii),
    ("a number below zero", "-1", Odd::Ascii),
    ("not a number", "NaN", Odd::Ascii),
    ("quotes", "\"\\\"", Odd::Ascii),
    ("digits", "123", Odd::Digits),
];

const SHOWN: &str = "a text may hold whatever shows; it is bound, not pasted, wherever it goes";
const MANY_LINES: &str = "it may have several lines";
const MAY_BE_EMPTY: &str = "a description may be empty";
const SECRET: &str = "a password may hold any characters";
const PROVIDERS: &str = "what a provider calls a token is its own affair";

/// What a field makes of a text.
pub(super) fn verdict(holds: Holds, field: &str, odd: Odd, text: &str) -> Verdict {
    let flaw = |code| Verdict::flaw(field, code);
    match (holds, odd) {
        (Holds::Credential, _) => Verdict::NotTold,
        (Holds::Lines(0, _), Odd::Empty | Odd::Blank) => Verdict::Taken(MAY_BE_EMPTY),
        (Holds::Line(_) | Holds::Lines(..), Odd::Empty | Odd::Blank) => flaw("empty"),
        (Holds::Lines(..), Odd::Break) => Verdict::Taken(MANY_LINES),
        (Holds::Line(_) | Holds::Lines(..), Odd::Hidden | Odd::Break) => flaw("invalid_characters"),
        (Holds::Line(_) | Holds::Lines(..), _) => Verdict::Taken(SHOWN),
        (Holds::Password, _) if text.chars().count() < 8 => flaw("too_short"),
        (Holds::Password, _) => Verdict::Taken(SECRET),
        (Holds::PaymentToken, Odd::Ascii | Odd::Digits) => Verdict::Taken(PROVIDERS),
        (Holds::PaymentToken | Holds::Pattern, Odd::Empty) => flaw("empty"),
        (Holds::PaymentToken, _) => flaw("invalid_characters"),
        (Holds::Label, Odd::Digits) => Verdict::Taken("a row may be called 123"),
        (Holds::Pattern, _) => flaw("unknown_letter"),
        (Holds::Whole(..) | Holds::Flag | Holds::Object | Holds::List(..), _) => flaw("wrong_type"),
        (other, _) => flaw(malformed(other)),
    }
}

/// The code of a text that has not the form which the field wants.
pub(super) fn malformed(holds: Holds) -> &'static str {
    match holds {
        Holds::Email => "invalid_email",
        Holds::Phone => "invalid_phone",
        Holds::Url => "invalid_url",
        Holds::Zone => "invalid_time_zone",
        Holds::Currency => "invalid_currency",
        Holds::Label => "invalid_label",
        Holds::Id => "invalid_id",
        Holds::Time => "invalid_time",
        Holds::Date => "invalid_date",
        Holds::Word => "unknown_value",
        other => panic!("{other:?} has no form"),
    }
}

/// A text that is too long, and the code for that.
pub(super) fn too_long(holds: Holds) -> Option<(String, &'static str)> {
    let (text, code) = match holds {
        Holds::Line(max) | Holds::Lines(_, max) => ("x".repeat(max + 1), "too_long"),
        Holds::Email => (format!("{}@example.org", "x".repeat(254 - 11)), "too_long"),
        Holds::Password => ("x".repeat(129), "too_long"),
        Holds::Url => (format!("https://example.org/{}", "x".repeat(2048 - 19)), "too_long"),
        Holds::Pattern => ("R".repeat(101), "too_long"),
        Holds::PaymentToken => ("x".repeat(256), "too_long"),
        Holds::Phone => ("1".repeat(33), "invalid_phone"),
        Holds::Label => ("AAAA".to_owned(), "invalid_label"),
        Holds::Zone => ("x".repeat(300), "invalid_time_zone"),
        Holds::Currency => ("USDD".to_owned(), "invalid_currency"),
        Holds::Id => ("0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b110".to_owned(), "invalid_id"),
        _ => return None,
    };
    Some((text, code))
}

/// A text that is as long as it may be.
pub(super) fn longest(holds: Holds) -> Option<String> {
    Some(match holds {
        Holds::Line(max) | Holds::Lines(_, max) => "x".repeat(max),
        Holds::Password => "x".repeat(128),
        Holds::PaymentToken => "x".repeat(255),
        Holds::Label => "ABC".to_owned(),
        _ => return None,
    })
}

/// Texts that nearly have the form which the field wants.
pub(super) fn near_misses(holds: Holds) -> &'static [&'static str] {
    match holds {
        Holds::Email => &[
            "ann",
            "ann@",
            "@example.org",
            "ann@example",
            "ann@@example.org",
            "ann@exa mple.org",
            "ann @example.org",
            "ann@example..org",
            "ann@.org",
            ".ann@example.org",
            "ann.@example.org",
            "ann@[127.0.0.1]",
            "Ann <ann@example.org>",
            "ann@example.org, bob@example.org",
            "ann@example.org\r\nbcc: bob@example.org",
            "\u{e4}nn@example.org",
            "ann@ex\u{e4}mple.org",
            "ann\u{0}@example.org",
            "mailto:ann@example.org",
        ],
        Holds::Phone => &[
            "1234",
            "+",
            "++1 555 0100",
            "+1 555 O1OO",
            "call me",
            "555-0100 ext. 7",
            "\u{661}\u{662}\u{663}\u{664}\u{665}",
        ],
        Holds::Url => &[
            "example.org",
            "//example.org/x",
            "/poster.jpg",
            "ftp://example.org/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://",
            "https://ann:secret@example.org/x",
            "https://ann@example.org/x",
            "https://exa mple.org/",
            "https://example.org:99999/",
            "https://[::1/",
            "gopher://127.0.0.1:6379/_FLUSHALL",
        ],
        Holds::Zone => &[
            "Mars/Phobos",
            "UTC+1",
            "+01:00",
            "../etc/localtime",
            "/etc/localtime",
            "America/New York",
            "EST5EDT4,M3.2.0",
        ],
        Holds::Currency => &[
            "usd",
            "Usd",
            "XXX",
            "XTS",
            "US",
            "US ",
            " USD",
            "\u{24}\u{24}\u{24}",
            "DEM",
        ],
        Holds::Label => &["a", "A ", " A", "A-1", "A1B2", "\u{c4}", "A\n"],
        Holds::Id => &[
            "0198c5c47a547c6e8f3a2f1f0c7f9b11",
            "{0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11}",
            "urn:uuid:0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11",
            "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b1",
            "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b1g",
            "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b1 ",
            "0198c5c4_7a54_7c6e_8f3a_2f1f0c7f9b11",
            "0198c5c47-a54-7c6e-8f3a-2f1f0c7f9b11",
            "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b\u{661}",
            "*",
            "1",
        ],
        Holds::Time => &[
            "2027-01-01",
            "2027-01-01T10:00Z",
            "2027-01-01T10:00:00",
            "2027-01-01 10:00:00Z",
            "2027-01-01t10:00:00z",
            "2027-13-01T10:00:00Z",
            "2027-02-29T10:00:00Z",
            "2027-01-01T24:00:00Z",
            "2027-01-01T10:60:00Z",
            "2027-01-01T10:00:00+99:00",
            "2027-01-01T10:00:00Z[UTC]",
            "2027-01-01T10:00:00.Z",
            "2027-01-01T10:00:00.0000000001Z",
            "12027-01-01T10:00:00Z",
            "-0001-01-01T10:00:00Z",
            "2027-W01-1T10:00:00Z",
            "now",
            "tomorrow",
            "1800000000",
            "\u{662}\u{660}\u{662}\u{667}-01-01T10:00:00Z",
        ],
        Holds::Date => &[
            "2027-1-1",
            "20270101",
            "2027-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "2027-01-32",
            "2027-01-01T00:00:00Z",
            "01.01.2027",
            "1/1/2027",
            "12027-01-01",
            "-001-01-01",
            "2027-W01-1",
            "today",
            " 2027-01-01",
        ],
        Holds::Word => &["Regular", "REGULAR", "regular ", "regul\u{e4}r", "0", "credit-card"],
        _ => &[],
    }
}

/// Forms that only one kind of field knows, with its own codes.
pub(super) fn special(holds: Holds) -> &'static [(&'static str, &'static str)] {
    match holds {
        Holds::Pattern => &[
            ("rrrr", "unknown_letter"),
            ("RR RR", "unknown_letter"),
            ("RRXRR", "unknown_letter"),
            ("_", "no_seats"),
            ("____", "no_seats"),
        ],
        Holds::PaymentToken => &[
            ("4111111111111111", "card_number"),
            ("4111-1111-1111-1111", "card_number"),
            ("4111.1111.1111.1111", "card_number"),
            ("tok ok", "invalid_characters"),
            (" tok_ok", "invalid_characters"),
            ("tok_ok\n", "invalid_characters"),
        ],
        _ => &[],
    }
}
