//! Values that must never be printed: passwords, their hashes, refresh tokens, payment tokens.

use sha2::{Digest, Sha256};

use super::Invalid;

macro_rules! redacted {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
}

/// A password as a person typed it: 8 to 128 characters and no other rule (ASVS 5.0, 6.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);
redacted!(Password);

impl Password {
    /// The fewest characters.
    pub const CHARS_MIN: usize = 8;
    /// The most characters.
    pub const CHARS_MAX: usize = 128;

    /// Reads a new password; nothing is trimmed or truncated.
    ///
    /// # Errors
    /// `too_short` or `too_long`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.chars().count() {
            count if count < Self::CHARS_MIN => Err(Invalid::new("too_short", "must have at least 8 characters")),
            count if count > Self::CHARS_MAX => Err(Invalid::new("too_long", "must have at most 128 characters")),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The password itself, for a hasher only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A password's hash in PHC string form.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);
redacted!(PasswordHash);

impl PasswordHash {
    /// Wraps a PHC string.
    pub fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string, for a hasher or a store only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// An opaque refresh token of 256 random bits, in hexadecimal; known to its client only.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);
redacted!(RefreshToken);

impl RefreshToken {
    /// A token of 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }

    /// Whatever a client presents; a wrong form is simply an unknown token.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The token itself, for its client only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept at rest: SHA-256, enough for 256 random bits.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

/// SHA-256 of a refresh token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);
redacted!(TokenHash);

/// What a payment provider gave the client in exchange for payment data; Milo never sees a card number.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentToken(String);
redacted!(PaymentToken);

impl PaymentToken {
    /// The most characters.
    pub const CHARS_MAX: usize = 255;

    /// Reads 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// `empty`, `too_long`, `invalid_characters`, or `card_number` when it is one: card data must never enter Milo.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("empty", "must not be empty"));
        }
        if text.chars().count() > Self::CHARS_MAX {
            return Err(Invalid::new("too_long", "must have at most 255 characters"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid::new(
                "invalid_characters",
                "must be visible ASCII characters without spaces",
            ));
        }
        // However its digits are grouped: a provider's token has letters.
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if (12..=19).contains(&digits) && !text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return Err(Invalid::new(
                "card_number",
                "must be a provider's token, never a card number",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token itself, for a gateway or a store only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PaymentToken {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<PaymentToken> for String {
    fn from(token: PaymentToken) -> Self {
        token.0
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
            text
        })
}
