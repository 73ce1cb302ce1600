//! The code on a ticket.

use super::Invalid;

/// A short code that people read aloud and type, such as `7KQ2-9FXM`.
///
/// Eight symbols out of 32 that cannot be mistaken for one another (no 0, 1, I, O): 40 bits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BookingCode(String);

impl BookingCode {
    /// The symbols, in the order of their five-bit values.
    pub const ALPHABET: &'static [u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

    /// The code of the lowest 40 bits.
    pub fn from_random(bits: u64) -> Self {
        let symbol = |place: u32| char::from(Self::ALPHABET[(bits >> (5 * place) & 31) as usize]);
        let (left, right): (String, String) = ((0..4).map(symbol).collect(), (4..8).map(symbol).collect());
        Self(format!("{left}-{right}"))
    }

    /// Reads a code as people type it: case, spaces and the hyphen do not matter.
    ///
    /// # Errors
    /// `invalid_code`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("invalid_code", "must be a booking code such as 7KQ2-9FXM");
        let symbols: Vec<u8> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' '))
            .map(|byte| byte.to_ascii_uppercase())
            .collect();
        if symbols.len() != 8 || !symbols.iter().all(|symbol| Self::ALPHABET.contains(symbol)) {
            return Err(wrong());
        }
        let text: String = symbols.into_iter().map(char::from).collect();
        Ok(Self(format!("{}-{}", &text[..4], &text[4..])))
    }

    /// The code with its hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for BookingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BookingCode {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<BookingCode> for String {
    fn from(code: BookingCode) -> Self {
        code.0
    }
}
