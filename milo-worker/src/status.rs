//! What a worker tells about itself.

use std::collections::BTreeMap;
use std::time::Duration;

use milo_core::ports::{Backlog, JobKind};

/// What one job has done in this process since the worker started. The parallel runs of a job count together.
///
/// Ages are counted by the process's monotonic clock, so they are right whatever happens to the wall clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatus {
    /// Which job.
    pub job: JobKind,
    /// How many of its runs are under way.
    pub running: usize,
    /// How long ago the last run started; none before the first.
    pub started_ago: Option<Duration>,
    /// How long ago the last run ended; none before the first ended.
    pub ended_ago: Option<Duration>,
    /// How long the last run took.
    pub last_duration: Option<Duration>,
    /// How many runs ended well.
    pub runs_total: u64,
    /// How many runs ended with an error or a panic.
    pub errors_total: u64,
    /// How many of them were panics.
    pub panics_total: u64,
    /// How many runs in a row have failed by now; 0 after one that ended well.
    pub consecutive_errors: u32,
    /// What the last failed run said, kept when later ones end well.
    pub last_error: Option<String>,
    /// How many items were handled.
    pub handled_total: u64,
    /// What became of the items, by name.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// When the next run begins at the latest; none while every loop of the job is in a run.
    pub next_run_in: Option<Duration>,
}

/// How much work waited when it was last measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BacklogStatus {
    /// Messages that wait in the outbox.
    pub outbox: Backlog,
    /// Payments that are overdue.
    pub payments: Backlog,
    /// Messages that were given up.
    pub parked: u64,
    /// How long ago that was.
    pub measured_ago: Duration,
}

/// What a worker does at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Each job that this worker runs.
    pub jobs: Vec<JobStatus>,
    /// The backlog, once it was measured.
    pub backlog: Option<BacklogStatus>,
    /// Why the backlog was not measured the last time; none if it was.
    pub backlog_error: Option<String>,
    /// Whether the worker takes no new work any more.
    pub draining: bool,
}

impl WorkerStatus {
    /// The status of one job, if this worker runs it.
    pub fn job(&self, job: JobKind) -> Option<&JobStatus> {
        self.jobs.iter().find(|status| status.job == job)
    }
}
