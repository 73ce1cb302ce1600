//! Accounts and things that are there from the start.

use milo_core::domain::{EmailAddress, Password};
use milo_process::settings::{EngineSettings, Flaw, is_known_secret, parse};
use secrecy::{ExposeSecret, SecretString};

/// Accounts and things that are there from the start.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "From the start")]
pub(crate) struct AccountSettings {
    /// Whether an empty catalogue is filled with a demo and demo accounts are opened; by default only when no engine is set
    #[arg(long, env = "MILO_DEMO", value_name = "BOOLEAN", value_parser = parse::switch, action = clap::ArgAction::Set)]
    pub(crate) demo: Option<bool>,

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
    /// Whether the demo is wanted.
    pub(crate) fn wants_demo(&self, engines: &EngineSettings) -> bool {
        self.demo.unwrap_or(!engines.has_any())
    }

    pub(super) fn check(&self, engines: &EngineSettings) -> Result<(), Flaw> {
        match (&self.bootstrap_admin_email, &self.bootstrap_admin_password) {
            (Some(_), None) => {
                return Err(Flaw::new(
                    "MILO_BOOTSTRAP_ADMIN_EMAIL: must come with MILO_BOOTSTRAP_ADMIN_PASSWORD",
                ));
            }
            (None, Some(_)) => {
                return Err(Flaw::new(
                    "MILO_BOOTSTRAP_ADMIN_PASSWORD: must come with MILO_BOOTSTRAP_ADMIN_EMAIL",
                ));
            }
            _ => {}
        }
        if !engines.safety.is_production() {
            return Ok(());
        }
        if self.wants_demo(engines) {
            return Err(Flaw::new(
                "--demo (MILO_DEMO): must not be true in production: its accounts are for trying things out",
            ));
        }
        let password = self.bootstrap_admin_password.as_ref();
        if password.is_some_and(|password| is_known_secret(password.expose_secret())) {
            return Err(Flaw::new(
                "--bootstrap-admin-password (MILO_BOOTSTRAP_ADMIN_PASSWORD): must not be a password that everybody \
                 knows in production",
            ));
        }
        Ok(())
    }

    /// The administrator to make, if one is asked for.
    pub(crate) fn bootstrap_admin(&self) -> Option<(EmailAddress, Password)> {
        let email = self.bootstrap_admin_email.clone()?;
        let password = Password::parse(self.bootstrap_admin_password.as_ref()?.expose_secret()).ok()?;
        Some((email, password))
    }
}
