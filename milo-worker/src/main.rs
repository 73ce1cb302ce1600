//! The worker as a process of its own, beside any number of HTTP servers.

use clap::Parser;
use clap::error::ErrorKind;
use milo_worker::WorkerSettings;

/// Drives Milo's payments, outbox and clean-up against the stores that the HTTP servers share.
///
/// An embedded milo-http runs its own worker and needs no other.
#[derive(Debug, Parser)]
#[command(name = "milo-worker", version)]
struct Arguments {
    /// The store that this worker shares with the HTTP servers
    #[arg(long, env = "MILO_POSTGRES_URL", hide_env_values = true, value_name = "URL")]
    postgres_url: Option<String>,

    #[command(flatten)]
    worker: WorkerSettings,
}

fn main() {
    let arguments = Arguments::parse();
    let why = if arguments.postgres_url.is_some() {
        "MILO_POSTGRES_URL is set, but this version of milo-worker cannot reach Postgres yet; run milo-http embedded, \
         which runs its own worker"
    } else {
        "milo-worker needs MILO_POSTGRES_URL: without a shared store it would share no work with anybody; an embedded \
         milo-http runs its own worker"
    };
    // Ends with status 2, as every other wrong command line does.
    clap::Error::raw(ErrorKind::MissingRequiredArgument, format!("{why}\n")).exit()
}
