//! `milo-http admin create`.

use std::io::BufRead;
use std::sync::Arc;

use anyhow::Context;
use milo_adapters::demo;
use milo_core::Milo;
use milo_core::accounts::{AdminEnsured, EnsureAdminError};
use milo_core::domain::{DisplayName, EmailAddress, Invalid, Password};
use milo_core::ports::NoWakeup;
use milo_process::settings::{Flaw, is_known_secret};
use milo_process::{assemble, print};

use super::runtime::run;
use crate::PROGRAM;
use crate::settings::Settings;

/// Makes an administrator in the database, and prints the password if it was made up.
pub(crate) fn create_admin(settings: &Settings, email: &str, name: &str, password_stdin: bool) -> anyhow::Result<()> {
    let email = read("--email", EmailAddress::parse(email))?;
    let name = read("--name", DisplayName::parse(name))?;
    if !settings.engines.has_postgres() {
        let line = "admin create: nothing is kept without MILO_POSTGRES_URL; without a database set \
                    MILO_BOOTSTRAP_ADMIN_EMAIL and MILO_BOOTSTRAP_ADMIN_PASSWORD for `milo-http serve` instead";
        return Err(Flaw::new(line).into());
    }
    let given = if password_stdin {
        Some(first_line(settings.engines.safety.is_production())?)
    } else {
        None
    };
    run(async {
        let adapters = settings.adapter_settings()?;
        let assembled = assemble(&settings.engines, &adapters, PROGRAM, Arc::new(NoWakeup)).await?;
        let milo = Milo::new(assembled.ports, settings.policy.policy());
        let password = given
            .clone()
            .unwrap_or_else(|| demo::random_password(milo.ports().ids.as_ref()));
        let ensured = milo.accounts().ensure_admin(email, &password, name).await;
        assembled.engines.close().await;
        match ensured {
            Ok(AdminEnsured::Created(account)) if given.is_some() => {
                print(&format!("{} is an administrator\n", account.email));
            }
            Ok(AdminEnsured::Created(account)) => {
                let line = "is an administrator; the password, which is not shown again, is";
                print(&format!("{} {line} {}\n", account.email, password.expose()));
            }
            Ok(AdminEnsured::Exists(account)) => {
                print(&format!(
                    "{} is an administrator already, and keeps the password\n",
                    account.email
                ));
            }
            Err(error @ EnsureAdminError::NotAnAdmin) => return Err(error).context("admin create"),
            Err(EnsureAdminError::Port(error)) => return Err(error).context("the administrator was not made"),
        }
        Ok(())
    })
}

fn read<T>(setting: &str, parsed: Result<T, Invalid>) -> Result<T, Flaw> {
    parsed.map_err(|flaw| Flaw::new(format!("{setting}: {}", flaw.message)))
}

/// The password that somebody hands over.
fn first_line(is_production: bool) -> Result<Password, Flaw> {
    let mut line = String::new();
    let cannot = |error: std::io::Error| Flaw::new(format!("--password-stdin: cannot be read: {}", error.kind()));
    std::io::stdin().lock().read_line(&mut line).map_err(cannot)?;
    let password = line.trim_end_matches(['\n', '\r']);
    if is_production && is_known_secret(password) {
        return Err(Flaw::new(
            "--password-stdin: must not be a password that everybody knows in production",
        ));
    }
    read("--password-stdin", Password::parse(password))
}
