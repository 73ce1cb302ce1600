//! The keys that access tokens are signed with.

use std::collections::HashSet;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// What is wrong with a signing key. Never repeats any part of the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// There is no colon between the key's id and its seed.
    #[error("a signing key must have the form `kid:base64`")]
    Form,
    /// The id is not 1 to 64 of `[A-Za-z0-9_-]`.
    #[error("a signing key's id must be 1 to 64 letters, digits, hyphens and underscores")]
    Kid,
    /// The seed is not standard base64.
    #[error("a signing key's seed must be base64 with padding")]
    Base64,
    /// The seed is not 32 bytes long.
    #[error("a signing key's seed must have 32 bytes")]
    Length,
    /// All bytes of the seed are the same.
    #[error("a signing key's seed must be random")]
    Weak,
    /// The cryptographic library does not take the seed, or gives no randomness.
    #[error("the signing key was rejected")]
    Rejected,
}

impl From<KeyRejected> for SigningKeyError {
    fn from(_: KeyRejected) -> Self {
        Self::Rejected
    }
}

impl From<Unspecified> for SigningKeyError {
    fn from(_: Unspecified) -> Self {
        Self::Rejected
    }
}

/// An Ed25519 key with the id that tokens name it by.
///
/// The seed is wiped from memory when the key is dropped, and is never printed.
#[derive(Debug)]
pub struct SigningKey {
    kid: String,
    seed: SecretBox<[u8; Self::SEED_BYTES]>,
}

impl SigningKey {
    /// The length of a seed, in bytes.
    pub const SEED_BYTES: usize = 32;
    /// The most characters of a key's id.
    pub const KID_CHARS_MAX: usize = 64;

    /// A new random key with a random id.
    ///
    /// # Errors
    /// [`SigningKeyError::Rejected`] when the system gives no randomness.
    pub fn generate() -> Result<Self, SigningKeyError> {
        let mut kid = [0; 8];
        aws_lc_rs::rand::fill(&mut kid)?;
        let mut seed = Box::new([0; Self::SEED_BYTES]);
        aws_lc_rs::rand::fill(seed.as_mut_slice())?;
        Self::new(format!("{:016x}", u64::from_be_bytes(kid)), SecretBox::new(seed))
    }

    /// Reads `kid:base64`, where the base64 is that of the 32 bytes of the seed; white space around it is dropped.
    ///
    /// # Errors
    /// See [`SigningKeyError`].
    pub fn parse(text: &SecretString) -> Result<Self, SigningKeyError> {
        let (kid, seed) = text
            .expose_secret()
            .trim()
            .split_once(':')
            .ok_or(SigningKeyError::Form)?;
        let bytes = STANDARD.decode(seed).map_err(|_| SigningKeyError::Base64)?;
        let bytes = secrecy::SecretSlice::from(bytes);
        let seed = <[u8; Self::SEED_BYTES]>::try_from(bytes.expose_secret()).map_err(|_| SigningKeyError::Length)?;
        Self::new(kid.to_owned(), SecretBox::new(Box::new(seed)))
    }

    fn new(kid: String, seed: SecretBox<[u8; Self::SEED_BYTES]>) -> Result<Self, SigningKeyError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=Self::KID_CHARS_MAX).contains(&kid.len()) || !kid.bytes().all(plain) {
            return Err(SigningKeyError::Kid);
        }
        let bytes = seed.expose_secret();
        if bytes.iter().all(|byte| byte == &bytes[0]) {
            return Err(SigningKeyError::Weak);
        }
        Ok(Self { kid, seed })
    }

    /// Whether the seed looks chosen rather than drawn: it is a text, or has few different bytes. Of random
    /// seeds, fewer than one in a million million do.
    pub fn is_guessable(&self) -> bool {
        const DIFFERENT_MIN: usize = 16;
        let bytes = self.seed.expose_secret();
        let different: HashSet<u8> = bytes.iter().copied().collect();
        different.len() < DIFFERENT_MIN || bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
    }

    /// The id that tokens name the key by; not secret.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What [`parse`](Self::parse) reads, for an operator's secret store only.
    pub fn to_text(&self) -> SecretString {
        format!("{}:{}", self.kid, STANDARD.encode(self.seed.expose_secret())).into()
    }

    /// The two halves in the form that the token library wants.
    pub(super) fn halves(&self) -> Result<(EncodingKey, DecodingKey), SigningKeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(self.seed.expose_secret())?;
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?;
        Ok((
            EncodingKey::from_ed_der(private.as_ref()),
            DecodingKey::from_ed_der(pair.public_key().as_ref()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<SigningKey, SigningKeyError> {
        SigningKey::parse(&text.to_owned().into())
    }

    #[test]
    fn a_generated_key_can_be_written_down_and_read_again() {
        let key = SigningKey::generate().unwrap();

        let read = SigningKey::parse(&key.to_text()).unwrap();

        assert_eq!(read.kid(), key.kid());
        assert_eq!(read.seed.expose_secret(), key.seed.expose_secret());
    }

    #[test]
    fn two_generated_keys_differ() {
        let (first, second) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());

        assert_ne!(first.kid(), second.kid());
        assert_ne!(first.seed.expose_secret(), second.seed.expose_secret());
    }

    #[test]
    fn a_seed_that_somebody_chose_is_guessable() {
        let of = |seed: [u8; 32]| parse(&format!("k1:{}", STANDARD.encode(seed))).unwrap().is_guessable();
        assert!(of(*b"secretsecretsecretsecretsecretse"));
        assert!(of(*b"The quick brown fox jumps over a"));
        assert!(of(std::array::from_fn(|index| 128 + (index % 4) as u8)));
        assert!(!SigningKey::generate().unwrap().is_guessable());
    }

    #[test]
    fn a_newline_from_a_secret_file_is_dropped() {
        let text = format!("k1:{}\n", STANDARD.encode(*b"0123456789abcdef0123456789abcdef"));

        assert_eq!(parse(&text).unwrap().kid(), "k1");
    }

    #[test]
    fn every_flaw_is_named_and_the_value_is_not() {
        let good = STANDARD.encode(*b"0123456789abcdef0123456789abcdef");
        let flaws = [
            (good.clone(), SigningKeyError::Form),
            (format!(":{good}"), SigningKeyError::Kid),
            (format!("../k:{good}"), SigningKeyError::Kid),
            (format!("{}:{good}", "k".repeat(65)), SigningKeyError::Kid),
            ("k1:canary!".to_owned(), SigningKeyError::Base64),
            (format!("k1:{}", STANDARD.encode([7; 31])), SigningKeyError::Length),
            (format!("k1:{}", STANDARD.encode([7; 33])), SigningKeyError::Length),
            ("k1:".to_owned(), SigningKeyError::Length),
            (format!("k1:{}", STANDARD.encode([0; 32])), SigningKeyError::Weak),
            (format!("k1:{}", STANDARD.encode([255; 32])), SigningKeyError::Weak),
        ];
        for (text, flaw) in flaws {
            let error = parse(&text).unwrap_err();

            assert_eq!(error, flaw);
            assert!(!error.to_string().contains(&good) && !error.to_string().contains("canary"));
        }
    }

    #[test]
    fn the_seed_is_not_printed() {
        let seed = *b"0123456789abcdef0123456789abcdef";
        let key = parse(&format!("k1:{}", STANDARD.encode(seed))).unwrap();

        let printed = format!("{key:?}");

        assert!(printed.contains("k1"));
        assert!(!printed.contains(&STANDARD.encode(seed)) && !printed.contains("48, 49"));
    }

    /// RFC 8032, 7.1, test 1.
    #[test]
    fn the_public_half_is_that_of_the_seed() {
        let seed = [
            0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49,
            0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
        ];
        let public = [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1,
            0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
        ];
        let key = parse(&format!("k1:{}", STANDARD.encode(seed))).unwrap();

        let (_, verifying) = key.halves().unwrap();

        assert_eq!(verifying.try_get_as_bytes().unwrap(), public);
    }
}
