//! Access tokens as JSON Web Tokens (RFC 9068), signed with Ed25519 and nothing else.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use milo_core::domain::{Claims, SessionId, UserId};
use milo_core::ports::{Clock, InvalidToken, PortError, TokenSigner};

use super::{SigningKey, SigningKeyError};

const PORT: &str = "token_signer";

/// Why a signer cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtSignerError {
    /// There must be one key, or two while keys are rotated.
    #[error("there must be one or two signing keys")]
    KeyCount,
    /// Both keys have the same id.
    #[error("two signing keys have the same id")]
    SameKid,
    /// The issuer or the audience is empty.
    #[error("issuer and audience must not be empty")]
    EmptyName,
    /// A key is not usable.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
}

/// Signs and verifies access tokens with one or two Ed25519 keys: the first signs, both verify.
///
/// To rotate, put the new key in front and keep the old one for as long as an access token lives; then drop it
/// ([`replace_keys`](Self::replace_keys) does it without a restart).
///
/// A token is valid if its header says `EdDSA`, `at+jwt` and a key in use; its signature is of that key; every claim is
/// there in its own type; issuer and audience are ours; and the clock given at construction lies within its life. Keys
/// or addresses of keys inside a token (`jwk`, `jku`, `x5u`) are never looked at.
#[derive(Debug)]
pub struct JwtSigner {
    keys: RwLock<Arc<[Key]>>,
    issuer: String,
    audience: String,
    validation: Validation,
    clock: Arc<dyn Clock>,
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What is written into a token. Times are whole seconds since 1970; a number in quotes or with a fraction is refused.
#[derive(serde::Serialize, serde::Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    admin: bool,
}

impl JwtSigner {
    /// The longest token that is looked at, in bytes; ours have about 600.
    pub const TOKEN_BYTES_MAX: usize = 4096;
    /// How far two hosts' clocks may be apart.
    pub const LEEWAY: SignedDuration = SignedDuration::from_secs(30);
    /// The `typ` of an access token (RFC 9068, 2.1).
    pub const TYPE: &str = "at+jwt";

    /// A signer that judges validity by `clock`.
    ///
    /// # Errors
    /// See [`JwtSignerError`].
    pub fn new(
        keys: &[SigningKey],
        issuer: impl Into<String>,
        audience: impl Into<String>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, JwtSignerError> {
        let (issuer, audience) = (issuer.into(), audience.into());
        if issuer.is_empty() || audience.is_empty() {
            return Err(JwtSignerError::EmptyName);
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // The library would ask the system's clock; `is_alive` asks ours.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self {
            keys: RwLock::new(usable(keys)?),
            issuer,
            audience,
            validation,
            clock,
        })
    }

    /// Signs with the first of `keys` from here on, and verifies with these only.
    ///
    /// # Errors
    /// See [`JwtSignerError`]; the keys in use stay.
    pub fn replace_keys(&self, keys: &[SigningKey]) -> Result<(), JwtSignerError> {
        let keys = usable(keys)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn keys(&self) -> Arc<[Key]> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_alive(&self, issued_at: Timestamp, not_before: Timestamp, expires_at: Timestamp) -> bool {
        let now = self.clock.now();
        let latest_start = now.saturating_add(Self::LEEWAY).unwrap_or(Timestamp::MAX);
        let earliest_end = now.saturating_sub(Self::LEEWAY).unwrap_or(Timestamp::MIN);
        issued_at <= latest_start && not_before <= latest_start && earliest_end < expires_at
    }

    fn verified(&self, token: &str) -> Option<Claims> {
        if token.len() > Self::TOKEN_BYTES_MAX {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        // A header that demands to be understood (`crit`) demands what we do not know.
        if header.alg != Algorithm::EdDSA || header.typ.as_deref() != Some(Self::TYPE) || header.crit.is_some() {
            return None;
        }
        let keys = self.keys();
        let kid = header.kid?;
        let key = keys.iter().find(|key| key.kid == kid)?;
        let payload: Payload = jsonwebtoken::decode(token, &key.verifying, &self.validation)
            .ok()?
            .claims;
        let issued_at = Timestamp::from_second(payload.iat).ok()?;
        let not_before = Timestamp::from_second(payload.nbf).ok()?;
        let expires_at = Timestamp::from_second(payload.exp).ok()?;
        let whole = !payload.jti.is_empty() && issued_at < expires_at;
        (whole && self.is_alive(issued_at, not_before, expires_at)).then_some(Claims {
            user: payload.sub,
            session: payload.sid,
            is_admin: payload.admin,
            issued_at,
            expires_at,
        })
    }
}

fn usable(keys: &[SigningKey]) -> Result<Arc<[Key]>, JwtSignerError> {
    match keys {
        [_] => {}
        [first, second] if first.kid() == second.kid() => return Err(JwtSignerError::SameKid),
        [_, _] => {}
        _ => return Err(JwtSignerError::KeyCount),
    }
    keys.iter()
        .map(|key| {
            let (signing, verifying) = key.halves()?;
            Ok(Key {
                kid: key.kid().to_owned(),
                signing,
                verifying,
            })
        })
        .collect()
}

impl TokenSigner for JwtSigner {
    fn sign(&self, claims: &Claims) -> Result<String, PortError> {
        let keys = self.keys();
        let key = keys
            .first()
            .ok_or_else(|| PortError::refused(PORT, "there is no signing key"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(Self::TYPE.to_owned());
        header.kid = Some(key.kid.clone());
        let issued = claims.issued_at.as_second();
        let payload = Payload {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: claims.user,
            sid: claims.session,
            // A session's token of a second is one token: signing it again gives the same bytes.
            jti: format!("{}.{issued}", claims.session),
            iat: issued,
            nbf: issued,
            exp: claims.expires_at.as_second(),
            admin: claims.is_admin,
        };
        jsonwebtoken::encode(&header, &payload, &key.signing)
            .map_err(|error| PortError::refused(PORT, "the token was not signed").caused_by(error))
    }

    fn verify(&self, token: &str) -> Result<Claims, InvalidToken> {
        self.verified(token).ok_or(InvalidToken)
    }
}

#[cfg(test)]
#[path = "jwt_signer_tests.rs"]
mod tests;
