//! How a person is reached: e-mail address, telephone number.

use super::Invalid;

/// An e-mail address, kept in lower case so that addresses compare without case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest address, by RFC 5321 section 4.5.3.1.
    pub const CHARS_MAX: usize = 254;

    /// Reads `local@domain`, where the domain has at least two labels.
    ///
    /// # Errors
    /// `too_long` or `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let lower = text.trim().to_ascii_lowercase();
        if lower.chars().count() > Self::CHARS_MAX {
            return Err(Invalid::new("too_long", "must have at most 254 characters"));
        }
        let options = email_address::Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        let parsed = email_address::EmailAddress::parse_with_options(&lower, options);
        // ASCII only: addresses that merely look alike must not be two accounts.
        if parsed.is_err() || !lower.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid::new(
                "invalid_email",
                "must be an e-mail address in ASCII such as ann@example.org",
            ));
        }
        Ok(Self(lower))
    }

    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the first character and the domain only: logs need no full address.
impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or(("", ""));
        write!(f, "{}…@{domain}", local.chars().next().unwrap_or('?'))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

/// A telephone number as people write it, kept as written: 5 to 32 digits and separators, at least five digits.
#[derive(Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// The most characters.
    pub const CHARS_MAX: usize = 32;

    /// Reads a number such as `+1 555 0100`.
    ///
    /// # Errors
    /// `invalid_phone`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.' | '/');
        let body = text.strip_prefix('+').unwrap_or(text);
        if digits < 5 || text.len() > Self::CHARS_MAX || !body.chars().all(allowed) {
            return Err(Invalid::new(
                "invalid_phone",
                "must be a telephone number such as +1 555 0100",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The number as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(…)")
    }
}

impl TryFrom<String> for Phone {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}
