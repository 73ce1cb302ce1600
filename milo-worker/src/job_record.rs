//! What one job has done, kept by its loops and read by whoever watches.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use milo_core::jobs::JobReport;
use milo_core::ports::JobKind;
use tokio::time::Instant;

use crate::{JobStatus, meters};

/// How a run failed.
pub(crate) enum RunFailure {
    Error(String),
    Panic(String),
}

impl RunFailure {
    fn text(&self) -> &str {
        match self {
            Self::Error(text) | Self::Panic(text) => text,
        }
    }
}

#[derive(Debug)]
pub(crate) struct JobRecord {
    job: JobKind,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    started: Option<Instant>,
    ended: Option<Instant>,
    last_duration: Option<Duration>,
    runs_total: u64,
    errors_total: u64,
    panics_total: u64,
    consecutive_errors: u32,
    last_error: Option<String>,
    handled_total: u64,
    outcomes: BTreeMap<&'static str, u64>,
    /// When each resting loop of the job goes on, by the loop's number.
    due: BTreeMap<usize, Instant>,
}

impl JobRecord {
    pub(crate) fn new(job: JobKind) -> Self {
        Self {
            job,
            state: Mutex::default(),
        }
    }

    pub(crate) fn starts(&self, lane: usize) -> Instant {
        let now = Instant::now();
        let mut state = self.state();
        state.running += 1;
        state.started = Some(now);
        state.due.remove(&lane);
        now
    }

    pub(crate) fn rests(&self, lane: usize, until: Instant) {
        self.state().due.insert(lane, until);
    }

    /// A run was dropped before it ended.
    pub(crate) fn aborted(&self) {
        self.state().running -= 1;
    }

    pub(crate) fn succeeded(&self, started: Instant, report: &JobReport) {
        let mut state = self.state();
        let took = state.ends(started);
        state.runs_total += 1;
        state.handled_total += report.handled as u64;
        for (&outcome, &count) in &report.outcomes {
            *state.outcomes.entry(outcome).or_default() += count;
        }
        let errors = std::mem::take(&mut state.consecutive_errors);
        drop(state);
        meters::run(self.job, "ok", took);
        meters::items(self.job, report);
        if errors > 0 {
            tracing::info!(job = self.job.as_str(), errors, "a job works again");
        }
    }

    /// Counts every failure, and logs it unless it is the one that was logged last: a store that is down for an hour
    /// is one line, not thousands.
    pub(crate) fn failed(&self, started: Instant, failure: &RunFailure) {
        let mut state = self.state();
        let took = state.ends(started);
        let is_news = state.consecutive_errors == 0 || state.last_error.as_deref() != Some(failure.text());
        state.errors_total += 1;
        state.consecutive_errors = state.consecutive_errors.saturating_add(1);
        state.last_error = Some(failure.text().to_owned());
        let errors = state.consecutive_errors;
        let (result, job) = match failure {
            RunFailure::Error(_) => ("error", self.job.as_str()),
            RunFailure::Panic(_) => {
                state.panics_total += 1;
                ("panic", self.job.as_str())
            }
        };
        drop(state);
        meters::run(self.job, result, took);
        match failure {
            RunFailure::Error(error) if is_news => {
                tracing::warn!(job, errors, error, "a job failed and is tried again")
            }
            RunFailure::Panic(error) if is_news => {
                tracing::error!(job, errors, error, "a job panicked and is tried again")
            }
            RunFailure::Error(error) | RunFailure::Panic(error) => {
                tracing::debug!(job, errors, error, "a job fails on")
            }
        }
    }

    pub(crate) fn status(&self) -> JobStatus {
        let now = Instant::now();
        let state = self.state();
        JobStatus {
            job: self.job,
            running: state.running,
            started_ago: state.started.map(|at| now - at),
            ended_ago: state.ended.map(|at| now - at),
            last_duration: state.last_duration,
            runs_total: state.runs_total,
            errors_total: state.errors_total,
            panics_total: state.panics_total,
            consecutive_errors: state.consecutive_errors,
            last_error: state.last_error.clone(),
            handled_total: state.handled_total,
            outcomes: state.outcomes.clone(),
            next_run_in: state.due.values().min().map(|&at| at - now),
        }
    }

    /// Nothing panics while it is locked; and if it did, numbers would be no reason to stop.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ends(&mut self, started: Instant) -> Duration {
        let now = Instant::now();
        let took = now - started;
        self.running -= 1;
        self.ended = Some(now);
        self.last_duration = Some(took);
        took
    }
}
