//! Stopping without leaving work half done.

use std::time::Duration;

use milo_core::ports::JobKind;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How a worker stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says which runs were cut off"]
pub struct Drained {
    /// The job of each run that did not end in time and was cut off, one entry a run. Their leases end by themselves
    /// and another worker goes on.
    pub aborted: Vec<JobKind>,
}

impl Drained {
    /// Whether every run ended by itself.
    pub fn is_clean(&self) -> bool {
        self.aborted.is_empty()
    }
}

/// Waits until every loop has ended, for up to `limit` in all, and ends the others.
pub(crate) async fn finish(loops: Vec<(JobKind, JoinHandle<()>)>, limit: Duration) -> Drained {
    let deadline = Instant::now() + limit;
    let mut aborted = Vec::new();
    for (job, mut task) in loops {
        if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
            task.abort();
            // Nothing of the run goes on behind the back of whoever stops the process.
            if task.await.is_err() {
                aborted.push(job);
            }
        }
    }
    if !aborted.is_empty() {
        let jobs: Vec<&str> = aborted.iter().map(|job| job.as_str()).collect();
        tracing::warn!(?jobs, "runs did not end in time and were cut off");
    }
    Drained { aborted }
}
