//! Accounts and things that are there from the start.

use milo_core::domain::{EmailAddress, Password};
use secrecy::{ExposeSecret, SecretString};

use super::{Flaw, parse};

/// Accounts and things that are there from the start.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "From the start")]
pub(crate) struct AccountSettings {
    /// Whether an embedded Milo begins with a demo catalogue and demo accounts
    #[arg(long, env = "MILO_DEMO", value_name = "BOOLEAN", value_parser = parse::switch, action = clap::ArgAction::Set, default_value = "true")]
    pub(crate) demo: bool,

    /// The e-mail address of an administrator that is made at start if there is none with it
    #[arg(long, env = "MILO_BOOTSTRAP_ADMIN_EMAIL", value_name = "EMAIL", value_parser = email)]
    pub(crate) bootstrap_admin_email: Option<EmailAddress>,

    /// The password of that administrator; an account that exists keeps its own
    #[arg(long, env = "MILO_BOOTSTRAP_ADMIN_PASSWORD", value_name = "PASSWORD", hide_env_values = true, value_parser = password)]
    pub(crate) bootstrap_admin_password: Option<SecretString>,
}

fn email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|flaw| flaw.message.into_owned())
}

fn password(text: &str) -> Result<SecretString, String> {
    Password::parse(text)
        .map(|_| SecretString::from(text))
        .map_err(|flaw| flaw.message.into_owned())
}

impl AccountSettings {
    pub(super) fn check(&self) -> Result<(), Flaw> {
        match (&self.bootstrap_admin_email, &self.bootstrap_admin_password) {
            (Some(_), None) => Err(Flaw::new(
                "MILO_BOOTSTRAP_ADMIN_EMAIL: must come with MILO_BOOTSTRAP_ADMIN_PASSWORD",
            )),
            (None, Some(_)) => Err(Flaw::new(
                "MILO_BOOTSTRAP_ADMIN_PASSWORD: must come with MILO_BOOTSTRAP_ADMIN_EMAIL",
            )),
            _ => Ok(()),
        }
    }

    /// The administrator to make, if one is asked for.
    pub(crate) fn bootstrap_admin(&self) -> Option<(EmailAddress, Password)> {
        let email = self.bootstrap_admin_email.clone()?;
        let password = Password::parse(self.bootstrap_admin_password.as_ref()?.expose_secret()).ok()?;
        Some((email, password))
    }
}
