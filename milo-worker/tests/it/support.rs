//! A job that does what a test says, and worker set-ups for it.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use milo_core::jobs::{Job, JobReport};
use milo_core::ports::{JobKind, PortError};
use milo_worker::{Pace, ScheduledJob, WakeupBell, Worker, WorkerHandle};
use tokio::time::Instant;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Exactly a second between runs, and waits of 1, 2, 4 seconds after errors.
pub(crate) const EXACT: Pace = Pace {
    period: SECOND,
    jitter: 0.0,
    error_wait: SECOND,
    error_wait_max: Duration::from_secs(4),
};

pub(crate) type Run = BoxFuture<'static, Result<JobReport, PortError>>;

/// Calls `script` with the number of the run, from 0, and remembers when each run started.
pub(crate) struct TestJob {
    kind: JobKind,
    began: Instant,
    starts: Mutex<Vec<Duration>>,
    script: Box<dyn Fn(usize) -> Run + Send + Sync>,
}

impl fmt::Debug for TestJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestJob")
    }
}

impl TestJob {
    pub(crate) fn new(kind: JobKind, script: impl Fn(usize) -> Run + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            kind,
            began: Instant::now(),
            starts: Mutex::default(),
            script: Box::new(script),
        })
    }

    /// A job that never has anything to do.
    pub(crate) fn idle() -> Arc<Self> {
        Self::new(JobKind::OutboxRelay, |_| done(JobReport::default()))
    }

    /// When each run started, counted from the making of the job.
    pub(crate) fn starts(&self) -> Vec<Duration> {
        self.starts.lock().unwrap().clone()
    }

    pub(crate) fn runs(&self) -> usize {
        self.starts().len()
    }
}

#[async_trait]
impl Job for TestJob {
    fn kind(&self) -> JobKind {
        self.kind
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let number = {
            let mut starts = self.starts.lock().unwrap();
            starts.push(self.began.elapsed());
            starts.len() - 1
        };
        (self.script)(number).await
    }
}

pub(crate) fn done(report: JobReport) -> Run {
    Box::pin(async { Ok(report) })
}

pub(crate) fn fail(message: &'static str) -> Run {
    Box::pin(async move { Err(PortError::transient("booking_store", message)) })
}

/// A run that takes this long.
pub(crate) fn takes(time: Duration) -> Run {
    Box::pin(async move {
        tokio::time::sleep(time).await;
        Ok(JobReport::default())
    })
}

pub(crate) fn start(job: &Arc<TestJob>, pace: Pace, bell: &WakeupBell) -> WorkerHandle {
    start_lanes(job, pace, bell, 1)
}

pub(crate) fn start_lanes(job: &Arc<TestJob>, pace: Pace, bell: &WakeupBell, lanes: usize) -> WorkerHandle {
    let job: Arc<dyn Job> = Arc::clone(job) as _;
    let lanes = NonZeroUsize::new(lanes).unwrap();
    Worker::start_jobs(vec![ScheduledJob { job, pace, lanes }], bell)
}

/// Lets this much time pass and everything happen that falls into it.
pub(crate) async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
    settle().await;
}

/// Lets everything happen that can happen at this moment.
pub(crate) async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}
