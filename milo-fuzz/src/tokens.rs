//! Access tokens, and the keys that sign them.

use std::sync::{Arc, OnceLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use milo_adapters::auth::{JwtSigner, SigningKey};
use milo_core::domain::{Claims, SessionId, UserId};
use milo_core::ports::{Clock, TokenSigner};
use secrecy::SecretString;
use uuid::Uuid;

use crate::split::choice;

/// A clock that stands.
#[derive(Debug)]
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

struct Known {
    signer: JwtSigner,
    token: String,
}

fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let seed: Vec<u8> = (1..=32).collect();
        let key = SigningKey::parse(&SecretString::from(format!("k1:{}", STANDARD.encode(seed)))).expect("a good key");
        let signer = JwtSigner::new(&[key], "milo", "milo-api", Arc::new(Standing)).expect("a good signer");
        let now = Standing.now();
        let claims = Claims {
            user: UserId(Uuid::from_u128(1)),
            session: SessionId(Uuid::from_u128(2)),
            is_admin: false,
            issued_at: now,
            expires_at: now + jiff::SignedDuration::from_mins(10),
        };
        let token = signer.sign(&claims).expect("a token");
        Known { signer, token }
    })
}

/// No bytes but those that were signed are a token.
///
/// The first byte says what becomes of the rest: taken as it is, or put into one part of a good token.
pub(crate) fn access_token(input: &[u8]) {
    let Known { signer, token } = known();
    let (how, rest) = choice(input);
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        unreachable!("a token has three parts")
    };
    let raw = String::from_utf8_lossy(rest);
    let encoded = URL_SAFE_NO_PAD.encode(rest);
    let tried = match how % 6 {
        0 => raw.into_owned(),
        1 => format!("{encoded}.{payload}.{signature}"),
        2 => format!("{header}.{encoded}.{signature}"),
        3 => format!("{header}.{payload}.{encoded}"),
        4 => format!("{header}.{payload}.{signature}{raw}"),
        _ => format!("{encoded}.{}.{signature}", URL_SAFE_NO_PAD.encode(b"{}")),
    };
    let taken = signer.verify(&tried).is_ok();
    assert_eq!(taken, tried == *token, "only what was signed is a token: {tried}");
}

/// A key that is read is usable; what is not one says so without the secret.
pub(crate) fn signing_key(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    match SigningKey::parse(&SecretString::from(text.clone())) {
        Ok(key) => {
            assert!((1..=SigningKey::KID_CHARS_MAX).contains(&key.kid().len()));
            assert!(JwtSigner::new(&[key], "milo", "milo-api", Arc::new(Standing)).is_ok());
        }
        Err(flaw) => assert!(!flaw.to_string().is_empty()),
    }
}
