//! Where the jobs run.

use clap::ValueEnum;
use milo_process::settings::{EngineSettings, Flaw};

/// Where the jobs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkerPlace {
    /// In this process, beside the requests.
    Embedded,
    /// In processes of their own: `milo-worker`.
    None,
}

/// Where the jobs run.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Jobs")]
pub(crate) struct JobSettings {
    /// `embedded` runs the jobs in this process; `none` leaves them to processes of milo-worker, at least one of which
    /// must run, or nothing is ever paid
    #[arg(long = "worker", env = "MILO_WORKER", value_name = "PLACE", value_parser = place, default_value = "embedded")]
    pub(crate) place: WorkerPlace,
}

fn place(text: &str) -> Result<WorkerPlace, String> {
    WorkerPlace::from_str(text, false).map_err(|_| "must be embedded or none".to_owned())
}

impl JobSettings {
    pub(super) fn check(&self, engines: &EngineSettings) -> Result<(), Flaw> {
        let refuse = |what| Err(Flaw::new(format!("--worker (MILO_WORKER): {what}")));
        match self.place {
            WorkerPlace::Embedded => Ok(()),
            WorkerPlace::None if !engines.has_postgres() => {
                refuse("none needs MILO_POSTGRES_URL: a worker elsewhere cannot see into this process's memory")
            }
            WorkerPlace::None if !engines.has_redis() => refuse(
                "none needs MILO_REDIS_URL: seats that a worker elsewhere frees would stay taken in this process's \
                 memory",
            ),
            WorkerPlace::None => Ok(()),
        }
    }
}
