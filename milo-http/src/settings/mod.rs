//! Every setting of the server: a flag, a variable of the environment, and a default. The flag is the stronger one.

mod accounts;
mod flaw;
mod limits;
mod listing;
mod log;
mod numbers;
mod parse;
mod policy;
mod unknown;

use clap::{ArgMatches, CommandFactory, FromArgMatches};
use milo_adapters::assembly::AdapterSettings;
use milo_worker::WorkerSettings;

pub(crate) use accounts::AccountSettings;
pub(crate) use flaw::Flaw;
pub(crate) use limits::HttpSettings;
pub(crate) use listing::{Listed, listing};
pub(crate) use log::LogSettings;
pub(crate) use numbers::{AdapterNumbers, TokenSettings};
pub(crate) use policy::PolicySettings;
pub(crate) use unknown::unknown_variables;

/// Milo over HTTP: sells cinema seats.
///
/// Without any settings everything lives in memory, with a demo catalogue and demo accounts.
#[derive(Debug, clap::Parser)]
#[command(name = "milo-http", version, arg_required_else_help = false)]
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
    /// Keep administrators
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
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
    /// Make an administrator
    Create {
        /// The e-mail address to sign in with
        #[arg(long)]
        email: String,
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
    pub(crate) accounts: AccountSettings,
    #[command(flatten)]
    pub(crate) tokens: TokenSettings,
    #[command(flatten)]
    pub(crate) adapters: AdapterNumbers,
    #[command(flatten)]
    pub(crate) policy: PolicySettings,
    #[command(flatten)]
    pub(crate) worker: WorkerSettings,
}

/// The command line as clap reads it. Settings may stand before or after the subcommand.
pub(crate) fn command() -> clap::Command {
    Arguments::command().mut_args(|arg| if is_setting(&arg) { arg.global(true) } else { arg })
}

fn is_setting(arg: &clap::Arg) -> bool {
    arg.get_env().is_some()
}

/// Reads the arguments and the environment.
///
/// # Errors
/// The first flaw, in one line.
pub(crate) fn read() -> Result<(Arguments, ArgMatches), Flaw> {
    let mut command = command();
    let matches = command
        .try_get_matches_from_mut(std::env::args_os())
        .map_err(|error| Flaw::of(error, &command))?;
    let arguments = Arguments::from_arg_matches(&matches).map_err(|error| Flaw::of(error, &command))?;
    arguments.settings.check()?;
    Ok((arguments, matches))
}

impl Settings {
    /// What no single setting can be blamed for.
    fn check(&self) -> Result<(), Flaw> {
        unknown::refuse_stores()?;
        self.accounts.check()?;
        self.policy.check()?;
        self.adapters.check(&self.policy)
    }

    /// The settings of the adapters.
    ///
    /// # Errors
    /// A flaw of the signing keys.
    pub(crate) fn adapter_settings(&self) -> Result<AdapterSettings, Flaw> {
        Ok(AdapterSettings {
            signing_keys: self.tokens.signing_keys()?,
            token_issuer: self.tokens.token_issuer.clone(),
            token_audience: self.tokens.token_audience.clone(),
            argon2: self.adapters.argon2(),
            locks_deadline: self.adapters.locks_deadline,
            store_deadline: self.adapters.store_deadline,
            gateway_deadline: self.adapters.gateway_deadline,
        })
    }
}
