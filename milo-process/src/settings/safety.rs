//! What may be convenient at home and must not be in production.

use clap::ValueEnum;

use super::engine_url::EngineUrl;
use super::known_secrets::plain;
use super::{Flaw, is_known_secret, parse};

/// Where a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// On somebody's own machine: whatever is missing is made up.
    Development,
    /// Where real people book: what is unsafe is refused at the start.
    Production,
}

/// How careful a process is.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Safety")]
pub struct Safety {
    /// `production` refuses to start with known default secrets, weak signing keys, a store in memory, a demo, or engines
    /// that are reached in plain text over public networks; `development` does not
    #[arg(long, env = "MILO_MODE", value_name = "MODE", value_parser = mode, default_value = "development")]
    pub mode: Mode,

    /// Whether engines may be reached in plain text over public networks, in production
    #[arg(long, env = "MILO_ALLOW_PLAINTEXT", value_name = "BOOLEAN", value_parser = parse::switch, action = clap::ArgAction::Set, default_value = "false")]
    pub allow_plaintext: bool,
}

fn mode(text: &str) -> Result<Mode, String> {
    Mode::from_str(text, false).map_err(|_| "must be development or production".to_owned())
}

impl Safety {
    /// Whether what is unsafe is refused.
    pub fn is_production(&self) -> bool {
        self.mode == Mode::Production
    }

    /// What production does not allow of the URL of an engine.
    pub(super) fn check_engine(&self, setting: &str, url: &EngineUrl) -> Result<(), Flaw> {
        if !self.is_production() {
            return Ok(());
        }
        let refuse = |what: &str| Err(Flaw::new(format!("{setting}: {what}")));
        if !url.names_its_host() {
            return refuse("must name its host in production");
        }
        let Some(password) = url.password() else {
            return refuse("must have a password in production");
        };
        if is_known_secret(password) || plain(password) == plain(url.user()) {
            return refuse("must not have a password that everybody knows in production; choose a random one");
        }
        if !url.is_encrypted && !url.is_near() && !self.allow_plaintext {
            return refuse(
                "must use TLS in production, because the host is not in a private network; MILO_ALLOW_PLAINTEXT=true \
                 allows plain text",
            );
        }
        Ok(())
    }
}
