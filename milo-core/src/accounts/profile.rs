//! Looking at one's own account.

use super::AccountsService;
use crate::domain::{Account, Caller};
use crate::ports::PortError;

/// Why an account was not shown.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The account is gone.
    #[error("no such account")]
    NotFound,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl AccountsService<'_> {
    /// The caller's own account.
    ///
    /// # Errors
    /// See [`ProfileError`].
    pub async fn me(&self, caller: Caller) -> Result<Account, ProfileError> {
        self.core
            .ports
            .accounts
            .by_id(caller.user)
            .await?
            .ok_or(ProfileError::NotFound)
    }
}
