//! The first administrator.

use super::AccountsService;
use crate::domain::{Account, DisplayName, EmailAddress, Password, UserId};
use crate::ports::{CreateAccountError, PortError};

/// What was found or made.
#[derive(Debug)]
pub enum AdminEnsured {
    /// The account was made.
    Created(Account),
    /// An administrator with this e-mail address exists; nothing was changed, the password least of all.
    Exists(Account),
}

/// Why there is no such administrator.
#[derive(Debug, thiserror::Error)]
pub enum EnsureAdminError {
    /// The e-mail address belongs to an ordinary account. Whoever registered it first must not become an
    /// administrator by that.
    #[error("the e-mail address belongs to an account that is not an administrator")]
    NotAnAdmin,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl AccountsService<'_> {
    /// Makes an administrator if there is none with this e-mail address. For operators only; no request leads here.
    ///
    /// # Errors
    /// See [`EnsureAdminError`].
    pub async fn ensure_admin(
        &self,
        email: EmailAddress,
        password: &Password,
        display_name: DisplayName,
    ) -> Result<AdminEnsured, EnsureAdminError> {
        let ports = &self.core.ports;
        let found = |account: Account| {
            if account.is_admin {
                Ok(AdminEnsured::Exists(account))
            } else {
                Err(EnsureAdminError::NotAnAdmin)
            }
        };
        if let Some(account) = ports.accounts.by_email(&email).await? {
            return found(account);
        }
        let account = Account {
            id: UserId(ports.ids.next_id()),
            password: ports.hasher.hash(password).await?,
            email: email.clone(),
            display_name,
            phone: None,
            is_admin: true,
            created_at: ports.clock.now(),
        };
        match ports.accounts.create(&account).await {
            Ok(()) => Ok(AdminEnsured::Created(account)),
            Err(CreateAccountError::Port(error)) => Err(error.into()),
            // Another instance starts at the same time.
            Err(CreateAccountError::EmailTaken) => match ports.accounts.by_email(&email).await? {
                Some(account) => found(account),
                None => Err(PortError::transient("accounts", "the account appeared and vanished").into()),
            },
        }
    }
}
