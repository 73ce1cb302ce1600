//! Making an account.

use super::AccountsService;
use crate::domain::{Account, DisplayName, EmailAddress, IdempotencyKey, Password, Phone, UserId};
use crate::ports::{CreateAccountError, PortError, Verdict};

/// What somebody says to get an account. Nobody becomes an administrator this way.
#[derive(Clone, Debug)]
pub struct Register {
    /// Unique without regard to case.
    pub email: EmailAddress,
    /// The password to be.
    pub password: Password,
    /// What the person is called.
    pub display_name: DisplayName,
    /// A number to reach the person by.
    pub phone: Option<Phone>,
    /// The client's key, if it sent one; it belongs to the e-mail address, because there is no user yet.
    pub key: Option<IdempotencyKey>,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another account has the e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The key was used before for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl AccountsService<'_> {
    /// Makes an account. With a key, its id is derived from the key, so a repeated request finds what its first try
    /// made; the password is compared with the stored hash, so no trace of it is needed to tell a repeat.
    ///
    /// # Errors
    /// See [`RegisterError`].
    pub async fn register(&self, request: Register) -> Result<Account, RegisterError> {
        let ports = &self.core.ports;
        let id = UserId(match &request.key {
            Some(key) => key.derive_id_for("account", request.email.as_str().as_bytes()),
            None => ports.ids.next_id(),
        });
        if request.key.is_some()
            && let Some(stored) = ports.accounts.by_email(&request.email).await?
            && stored.id == id
        {
            return self.same_registration(stored, &request).await;
        }
        let account = Account {
            id,
            password: ports.hasher.hash(&request.password).await?,
            email: request.email.clone(),
            display_name: request.display_name.clone(),
            phone: request.phone.clone(),
            is_admin: false,
            created_at: ports.clock.now(),
        };
        match ports.accounts.create(&account).await {
            Ok(()) => Ok(account),
            Err(CreateAccountError::Port(error)) => Err(error.into()),
            Err(CreateAccountError::EmailTaken) => match ports.accounts.by_email(&request.email).await? {
                // Two of the same request at once, or an answer that was lost on its way.
                Some(stored) if stored.id == id => self.same_registration(stored, &request).await,
                _ => Err(RegisterError::EmailTaken),
            },
        }
    }

    async fn same_registration(&self, stored: Account, request: &Register) -> Result<Account, RegisterError> {
        let same_person = stored.display_name == request.display_name && stored.phone == request.phone;
        let verdict = self
            .core
            .ports
            .hasher
            .verify(&request.password, &stored.password)
            .await?;
        if same_person && verdict != Verdict::Wrong {
            Ok(stored)
        } else {
            Err(RegisterError::KeyReused)
        }
    }
}
