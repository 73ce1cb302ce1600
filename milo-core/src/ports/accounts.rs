use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{Account, EmailAddress, PasswordHash, UserId};

/// Why an account was not kept.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// Another account has the e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Accounts. An e-mail address belongs to one account at most. Proven by [`crate::conformance::accounts`].
#[async_trait]
pub trait Accounts: Debug + Send + Sync {
    /// Keeps a new account, or refuses it whole.
    ///
    /// # Errors
    /// [`CreateAccountError::EmailTaken`], also when the very same account is kept already: compare the ids.
    async fn create(&self, account: &Account) -> Result<(), CreateAccountError>;

    /// The account with this id.
    async fn by_id(&self, user: UserId) -> Result<Option<Account>, PortError>;

    /// The account with this e-mail address.
    async fn by_email(&self, email: &EmailAddress) -> Result<Option<Account>, PortError>;

    /// Replaces the password's hash if it still is `before`; otherwise nothing happens. Repeating is harmless.
    async fn rehash(&self, user: UserId, before: &PasswordHash, after: &PasswordHash) -> Result<(), PortError>;
}
