//! Every setting of the worker, in groups.

use std::net::SocketAddr;
use std::time::Duration;

use milo_adapters::assembly::AdapterSettings;
use milo_process::settings::{
    ABOUT_SECRETS, Deadlines, EngineSettings, Flaw, LogSettings, PolicySettings, Program, parse,
};
use milo_worker::WorkerSettings;

/// Drives Milo's payments, outbox and clean-up, beside any number of HTTP servers and other workers.
///
/// It shares Postgres and Redis with them, and RabbitMQ if there is one. An embedded milo-http runs its own worker and
/// needs no other.
#[derive(Debug, clap::Parser)]
#[command(name = "milo-worker", version, arg_required_else_help = false, after_help = ABOUT_SECRETS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Run the jobs (the default)
    Run,
    /// Ask the worker of these settings on this machine whether it is well; for health checks of containers
    Health,
    /// Print every setting: flag, variable, default, meaning, value and where the value comes from
    Config {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Every setting, in groups.
#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) process: ProcessSettings,
    #[command(flatten)]
    pub(crate) log: LogSettings,
    #[command(flatten)]
    pub(crate) engines: EngineSettings,
    #[command(flatten)]
    pub(crate) deadlines: Deadlines,
    #[command(flatten)]
    pub(crate) policy: PolicySettings,
    #[command(flatten)]
    pub(crate) worker: WorkerSettings,
}

/// Where the process can be watched, and how it stops.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Process")]
pub(crate) struct ProcessSettings {
    /// The address and port of /health and /metrics
    #[arg(long, env = "MILO_WORKER_LISTEN", value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:9090")]
    pub(crate) listen: SocketAddr,

    /// How long jobs under way may take once the worker was told to stop
    #[arg(long, env = "MILO_DRAIN_TIME", value_name = "TIME", value_parser = parse::time, default_value = "20s")]
    pub(crate) drain_time: Duration,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:9090".to_owned())
}

impl Program for Arguments {
    fn check(&self) -> Result<(), Flaw> {
        if matches!(self.command, Some(Command::Health)) {
            return Ok(());
        }
        let settings = &self.settings;
        settings.policy.check()?;
        settings.deadlines.check(&settings.policy)?;
        if matches!(self.command, Some(Command::Config { .. })) {
            return Ok(());
        }
        let engines = &settings.engines;
        if !engines.has_postgres() {
            return Err(Flaw::new(
                "--postgres-url (MILO_POSTGRES_URL): must be set: without a shared store a worker shares no work with \
                 anybody; an embedded milo-http runs its own worker",
            ));
        }
        if !engines.has_redis() {
            return Err(Flaw::new(
                "--redis-url (MILO_REDIS_URL): must be set: seats that this worker frees would stay taken in the \
                 memory of the HTTP servers; an embedded milo-http runs its own worker",
            ));
        }
        engines.check(&settings.deadlines)
    }
}

impl Settings {
    /// The settings of the adapters. A worker signs nothing, so it needs no keys.
    pub(crate) fn adapter_settings(&self) -> AdapterSettings {
        AdapterSettings {
            locks_deadline: self.deadlines.locks_deadline,
            store_deadline: self.deadlines.store_deadline,
            queue_deadline: self.deadlines.queue_deadline,
            gateway_deadline: self.deadlines.gateway_deadline,
            ..AdapterSettings::default()
        }
    }
}
