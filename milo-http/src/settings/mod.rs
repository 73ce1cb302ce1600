//! Every setting of the server, in groups.

mod accounts;
mod jobs;
mod limits;

use milo_adapters::assembly::AdapterSettings;
use milo_process::settings::{
    Deadlines, EngineSettings, Flaw, LogSettings, PasswordHashing, PolicySettings, Program, TokenSettings,
};
use milo_worker::WorkerSettings;

pub(crate) use accounts::AccountSettings;
pub(crate) use jobs::{JobSettings, WorkerPlace};
pub(crate) use limits::HttpSettings;

/// Milo over HTTP: sells cinema seats.
///
/// Without any settings everything lives in memory, with a demo catalogue and demo accounts.
#[derive(Debug, clap::Parser)]
#[command(name = "milo-http", version, arg_required_else_help = false, after_help = milo_process::settings::ABOUT_SECRETS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Serve the API (the default)
    Serve,
    /// Bring the schema of the database up to date, and say what was done
    Migrate {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Keep administrators
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Ask the server of these settings on this machine whether it is ready; for health checks of containers
    Health,
    /// Print the OpenAPI document
    Openapi,
    /// Print every setting: flag, variable, default, meaning, value and where the value comes from
    Config {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to do about administrators.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AdminCommand {
    /// Make an administrator, with a random password that is printed
    Create {
        /// The e-mail address to sign in with
        #[arg(long)]
        email: String,
        /// What the administrator is called
        #[arg(long, default_value = "Administrator")]
        name: String,
        /// Read the password from the first line of the standard input instead
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Every setting, in groups.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) http: HttpSettings,
    #[command(flatten)]
    pub(crate) log: LogSettings,
    #[command(flatten)]
    pub(crate) engines: EngineSettings,
    #[command(flatten)]
    pub(crate) jobs: JobSettings,
    #[command(flatten)]
    pub(crate) accounts: AccountSettings,
    #[command(flatten)]
    pub(crate) tokens: TokenSettings,
    #[command(flatten)]
    pub(crate) passwords: PasswordHashing,
    #[command(flatten)]
    pub(crate) deadlines: Deadlines,
    #[command(flatten)]
    pub(crate) policy: PolicySettings,
    #[command(flatten)]
    pub(crate) worker: WorkerSettings,
}

impl Program for Arguments {
    fn check(&self) -> Result<(), Flaw> {
        if matches!(self.command, Some(Command::Health)) {
            return Ok(());
        }
        let settings = &self.settings;
        settings.policy.check()?;
        settings.passwords.check()?;
        settings.deadlines.check(&settings.policy)?;
        settings.engines.check(&settings.deadlines)?;
        settings.jobs.check(&settings.engines)?;
        settings.accounts.check(&settings.engines)?;
        settings.tokens.check(&settings.engines.safety)
    }
}

impl Settings {
    /// The settings of the adapters.
    ///
    /// # Errors
    /// A flaw of the signing keys.
    pub(crate) fn adapter_settings(&self) -> Result<AdapterSettings, Flaw> {
        Ok(AdapterSettings {
            signing_keys: self.tokens.signing_keys()?,
            token_issuer: self.tokens.token_issuer.clone(),
            token_audience: self.tokens.token_audience.clone(),
            argon2: self.passwords.argon2(),
            locks_deadline: self.deadlines.locks_deadline,
            store_deadline: self.deadlines.store_deadline,
            queue_deadline: self.deadlines.queue_deadline,
            gateway_deadline: self.deadlines.gateway_deadline,
        })
    }
}
