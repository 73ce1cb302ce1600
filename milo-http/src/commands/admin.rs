//! `milo-http admin create`.

use milo_core::domain::EmailAddress;

use crate::settings::Flaw;

/// Refuses: this process would keep the account in its own memory and take it along when it ends.
pub(crate) fn create_admin(email: &str) -> anyhow::Result<()> {
    if let Err(flaw) = EmailAddress::parse(email) {
        return Err(Flaw::new(format!("--email: {}", flaw.message)).into());
    }
    let line = "admin create: nothing is kept without a database; set MILO_BOOTSTRAP_ADMIN_EMAIL and \
                MILO_BOOTSTRAP_ADMIN_PASSWORD for `milo-http serve` instead";
    Err(Flaw::new(line).into())
}
