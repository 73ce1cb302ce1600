use milo_core::Milo;
use milo_core::accounts::{AdminEnsured, EnsureAdminError, Register, RegisterError};
use milo_core::domain::{Admin, DisplayName, EmailAddress, Password};
use milo_core::ports::IdSource;

use super::known;

/// What somebody signs in with.
#[derive(Clone, Debug)]
pub struct DemoLogin {
    /// A fixed address.
    pub email: EmailAddress,
    /// Whatever was chosen for this start.
    pub password: Password,
}

/// The accounts of the demo: `admin@milo.example` keeps the catalogue, `ann@milo.example` buys tickets.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Keeps the catalogue.
    pub admin: DemoLogin,
    /// Buys tickets.
    pub customer: DemoLogin,
}

/// Why the demo accounts were not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenAccountsError {
    /// See [`EnsureAdminError`].
    #[error("the demo administrator was not made")]
    Admin(#[from] EnsureAdminError),
    /// See [`RegisterError`].
    #[error("the demo customer was not made")]
    Customer(#[from] RegisterError),
}

impl Accounts {
    /// The accounts with these passwords.
    pub fn new(admin: Password, customer: Password) -> Self {
        let login = |email, password| DemoLogin {
            email: known(EmailAddress::parse(email)),
            password,
        };
        Self {
            admin: login("admin@milo.example", admin),
            customer: login("ann@milo.example", customer),
        }
    }

    /// The accounts with passwords that nobody can guess: a demo that is reachable by mistake gives nothing away.
    pub fn random(ids: &dyn IdSource) -> Self {
        Self::new(random_password(ids), random_password(ids))
    }

    /// Makes both accounts. Either may exist already, with whatever password it has then.
    ///
    /// # Errors
    /// See [`OpenAccountsError`]; either account may have been made all the same.
    pub async fn open(&self, milo: &Milo) -> Result<OpenedAccounts, OpenAccountsError> {
        let accounts = milo.accounts();
        // One after the other: each hash takes 19 MiB while it lasts.
        let admin = accounts
            .ensure_admin(
                self.admin.email.clone(),
                &self.admin.password,
                known(DisplayName::parse("Demo administrator")),
            )
            .await?;
        let customer = accounts
            .register(Register {
                email: self.customer.email.clone(),
                password: self.customer.password.clone(),
                display_name: known(DisplayName::parse("Ann Demo")),
                phone: None,
                key: None,
            })
            .await;
        let has_new_customer = match customer {
            Ok(_) => true,
            Err(RegisterError::EmailTaken) => false,
            Err(error) => return Err(error.into()),
        };
        let has_new_admin = matches!(admin, AdminEnsured::Created(_));
        let (AdminEnsured::Created(account) | AdminEnsured::Exists(account)) = admin;
        Ok(OpenedAccounts {
            admin: Admin::trusted(account.id),
            are_new: has_new_admin && has_new_customer,
        })
    }
}

/// The accounts of the demo, as they are there now.
#[derive(Clone, Copy, Debug)]
pub struct OpenedAccounts {
    /// The administrator.
    pub admin: Admin,
    /// Whether both were made now, so that both have the passwords they were to have.
    pub are_new: bool,
}

/// Letters and digits that no two people read differently, and that need no quoting anywhere.
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstvwxyz0123456789";

/// A password that nobody can guess: sixteen letters of five random bits each, in groups that can be read aloud.
pub fn random_password(ids: &dyn IdSource) -> Password {
    let letters = ids.secret().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    let groups: Vec<String> = letters[..16].chunks(4).map(|group| group.iter().collect()).collect();
    known(Password::parse(&groups.join("-")))
}
