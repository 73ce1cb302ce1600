//! Renewing a session.

use super::{AccountsService, Tokens};
use crate::domain::RefreshToken;
use crate::ports::{PortError, RotateError};

/// Why a session was not renewed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The token is unknown, spent, or its session is over.
    #[error("the refresh token is not valid")]
    InvalidToken,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl AccountsService<'_> {
    /// Spends a refresh token for a new pair. A token that is presented a second time was copied: its session ends.
    ///
    /// # Errors
    /// See [`RefreshError`].
    pub async fn refresh(&self, presented: RefreshToken) -> Result<Tokens, RefreshError> {
        let ports = &self.core.ports;
        let next = RefreshToken::from_random(ports.ids.secret());
        let session = match ports.sessions.rotate(&presented.hash(), &next.hash()).await {
            Ok(session) => session,
            Err(RotateError::Unknown) => return Err(RefreshError::InvalidToken),
            Err(RotateError::Reused { session, user }) => {
                tracing::warn!(session.id = %session, user.id = %user, "a spent refresh token was used again; its session is over");
                return Err(RefreshError::InvalidToken);
            }
            Err(RotateError::Port(error)) => return Err(error.into()),
        };
        // Read again, so that a change of role shows in the next token.
        let account = ports
            .accounts
            .by_id(session.user)
            .await?
            .ok_or(RefreshError::InvalidToken)?;
        Ok(self.tokens(&account, session.id, next)?)
    }
}
