//! The commands of the binary.

mod operate;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use milo_lb::config::{Config, ConfigError, Described, text_variables};

/// The load balancer of Milo.
///
/// Exit codes: 0 if all is well, 1 if something went wrong, 2 if the command or a setting cannot be used.
#[derive(Debug, Parser)]
#[command(name = "milo-lb", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    file: File,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct File {
    /// The settings. Each can be replaced by a variable: `milo-lb config` lists them.
    #[arg(long, env = "MILO_LB_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves clients until it is told to stop by SIGTERM or SIGINT; SIGHUP reads the settings anew. The default
    Serve,
    /// Says whether the settings can be used
    Check,
    /// Lists the settings, their values and where those come from
    Config {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Shows the nodes of a running balancer
    Status {
        #[command(flatten)]
        admin: Admin,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Says whether a running balancer is ready; for health checks of containers
    Health {
        #[command(flatten)]
        admin: Admin,
    },
    /// Gives a node no new requests
    Drain {
        #[command(flatten)]
        admin: Admin,
        /// The node, as `status` lists it
        node: SocketAddr,
    },
    /// Gives a node requests again
    Undrain {
        #[command(flatten)]
        admin: Admin,
        /// The node, as `status` lists it
        node: SocketAddr,
    },
}

#[derive(Debug, Args)]
struct Admin {
    /// The running balancer's port for operators; by default that of the settings
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<SocketAddr>,
}

impl File {
    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), text_variables(std::env::vars_os())?)
    }

    fn describe(&self) -> Result<Vec<Described>, ConfigError> {
        Config::describe(self.config.as_deref(), text_variables(std::env::vars_os())?)
    }
}

impl Cli {
    pub(crate) fn run(self) -> ExitCode {
        let Self { file, command } = self;
        match command.unwrap_or(Command::Serve) {
            Command::Serve => serve::serve(&file),
            Command::Check => operate::check(&file),
            Command::Config { json } => operate::config(&file, json),
            Command::Status { admin, json } => operate::status(&file, admin.admin, json),
            Command::Health { admin } => operate::health(&file, admin.admin),
            Command::Drain { admin, node } => operate::drain(&file, admin.admin, node, true),
            Command::Undrain { admin, node } => operate::drain(&file, admin.admin, node, false),
        }
    }
}

#[expect(clippy::print_stdout, reason = "the answer of a command")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "why a command did not do what it was asked for")]
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    eprintln!("milo-lb: {error:#}");
    ExitCode::from(code)
}
