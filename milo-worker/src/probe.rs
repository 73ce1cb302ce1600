//! How a worker is, for whoever asks for the health of its process.

use std::time::Duration;

use async_trait::async_trait;
use milo_core::ports::Backlog;
use milo_process::{Dependency, Probe};

use crate::{BacklogStatus, JobStatus, WorkerMonitor};

/// Tells of every job, and of how far the outbox and the payments lag behind. None of it makes a process unready: seats
/// can be sold while a job is behind, and nothing is lost.
#[derive(Clone, Debug)]
pub struct WorkerProbe(pub WorkerMonitor);

/// Work that has waited for longer than this lags.
const LAG_MAX: Duration = Duration::from_secs(30);

#[async_trait]
impl Probe for WorkerProbe {
    async fn check(&self) -> Vec<Dependency> {
        let status = self.0.status();
        let jobs = status.jobs.iter().map(job);
        let lags = match &status.backlog {
            Some(BacklogStatus { outbox, payments, .. }) => vec![lag("outbox", outbox), lag("payments", payments)],
            None => Vec::new(),
        };
        jobs.chain(lags).collect()
    }
}

fn job(job: &JobStatus) -> Dependency {
    let failing = job.consecutive_errors > 0;
    let note = if failing {
        format!("failed {} times in a row", job.consecutive_errors)
    } else {
        "runs".to_owned()
    };
    line(format!("job_{}", job.job.as_str()), !failing, note)
}

fn lag(queue: &str, backlog: &Backlog) -> Dependency {
    let note = match backlog.count {
        0 => "nothing waits".to_owned(),
        count => format!("{count} wait, the oldest for {} s", backlog.oldest.as_secs()),
    };
    line(format!("lag_{queue}"), backlog.oldest <= LAG_MAX, note)
}

fn line(name: String, ready: bool, note: String) -> Dependency {
    Dependency {
        name,
        ready,
        required: false,
        note,
    }
}
