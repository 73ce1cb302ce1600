use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{Session, SessionId, TokenHash, UserId};

/// Why a refresh token was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// No live session knows the token.
    #[error("the token is unknown or its session is over")]
    Unknown,
    /// The token was spent before: it was copied. Its whole session is over now.
    #[error("the token was used before; its session is over")]
    Reused {
        /// The session that was ended.
        session: SessionId,
        /// Whose it was.
        user: UserId,
    },
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Signed-in sessions, known by the hashes of their refresh tokens. Expiry is judged by the store's own clock.
/// Proven by [`crate::conformance::sessions`].
#[async_trait]
pub trait Sessions: Debug + Send + Sync {
    /// Keeps a new session.
    async fn open(&self, session: &Session) -> Result<(), PortError>;

    /// Spends `presented` and makes `next` the session's unspent token: one atomic act, so that of two parallel
    /// calls with the same token exactly one succeeds.
    ///
    /// # Errors
    /// [`RotateError::Reused`] has ended the session. After an unknown outcome the client must sign in again.
    async fn rotate(&self, presented: &TokenHash, next: &TokenHash) -> Result<Session, RotateError>;

    /// Ends the session of `user` that `presented` belongs to, spent or not. Anything unknown is ignored.
    async fn end(&self, user: UserId, presented: &TokenHash) -> Result<(), PortError>;
}
