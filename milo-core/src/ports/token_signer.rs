use std::fmt::Debug;

use super::PortError;
use crate::domain::Claims;

/// The token is malformed, forged, of another issuer or audience, not valid yet, or not valid any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid")]
pub struct InvalidToken;

/// Signs and verifies access tokens without asking anybody. Proven by [`crate::conformance::token_signer`].
#[cfg_attr(feature = "mocks", mockall::automock)]
pub trait TokenSigner: Debug + Send + Sync {
    /// A signed token that says `claims`.
    ///
    /// # Errors
    /// [`Refused`](super::Failure::Refused) if the key cannot sign.
    fn sign(&self, claims: &Claims) -> Result<String, PortError>;

    /// What a token says, if it was signed by a key in use and is valid at this moment (30 s of leeway).
    ///
    /// # Errors
    /// [`InvalidToken`], which never tells why: an attacker learns nothing.
    fn verify(&self, token: &str) -> Result<Claims, InvalidToken>;
}
