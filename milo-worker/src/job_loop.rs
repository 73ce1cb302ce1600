//! One loop that runs one job for as long as the worker works.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use milo_core::jobs::Job;
use milo_core::ports::PortError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::job_record::{JobRecord, RunFailure};
use crate::{Pace, WakeupBell};

/// One of the loops that run a job side by side.
pub(crate) struct JobLoop {
    pub(crate) job: Arc<dyn Job>,
    /// Its number among the loops of the job.
    pub(crate) lane: usize,
    pub(crate) pace: Pace,
    pub(crate) bell: WakeupBell,
    pub(crate) record: Arc<JobRecord>,
    pub(crate) stop: CancellationToken,
}

/// What the loop does after a run.
enum Next {
    AtOnce,
    /// Not before this moment, unless somebody rings.
    Due(Instant),
    /// Not before this moment, whoever rings: a failing job is left alone.
    BackOff(Instant),
}

impl JobLoop {
    /// Runs the job at once and then whenever it is due, until the worker stops; a run under way is finished first.
    pub(crate) async fn go(self) {
        let mut errors = 0;
        while !self.stop.is_cancelled() {
            match self.run(&mut errors).await {
                Next::AtOnce => tokio::task::yield_now().await,
                Next::Due(at) => {
                    self.record.rests(self.lane, at);
                    tokio::select! {
                        biased;
                        () = self.stop.cancelled() => {}
                        () = self.bell.rung(self.job.kind()) => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
                Next::BackOff(at) => {
                    self.record.rests(self.lane, at);
                    tokio::select! {
                        biased;
                        () = self.stop.cancelled() => {}
                        () = tokio::time::sleep_until(at) => {}
                    }
                }
            }
        }
    }

    async fn run(&self, errors: &mut u32) -> Next {
        self.bell.hush(self.job.kind());
        let started = self.record.starts(self.lane);
        let mut unless_ended = OnDrop(Some(&self.record));
        // A job keeps no state between runs, so there is nothing that a panic could leave half done in it.
        let result = AssertUnwindSafe(self.job.run_once()).catch_unwind().await;
        unless_ended.0 = None;
        let failure = match result {
            Ok(Ok(report)) => {
                self.record.succeeded(started, &report);
                *errors = 0;
                return if report.more {
                    Next::AtOnce
                } else {
                    Next::Due(started + self.pace.rest())
                };
            }
            Ok(Err(error)) => RunFailure::Error(in_full(&error)),
            Err(panic) => RunFailure::Panic(format!("panicked: {}", message(&*panic))),
        };
        self.record.failed(started, &failure);
        *errors = errors.saturating_add(1);
        Next::BackOff(Instant::now() + self.pace.back_off(*errors))
    }
}

/// Notes that a run was dropped, unless it ended.
struct OnDrop<'a>(Option<&'a JobRecord>);

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        if let Some(record) = self.0 {
            record.aborted();
        }
    }
}

/// The error and what it came from, since no error repeats its source.
pub(crate) fn in_full(error: &PortError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

fn message(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else {
        panic.downcast_ref::<String>().map_or("no message", String::as_str)
    }
}
