//! Starting, watching and stopping the loops.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use milo_core::Milo;
use milo_core::jobs::Job;
use milo_core::ports::JobKind;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::backlog::{BacklogMeter, BacklogRecord};
use crate::job_loop::JobLoop;
use crate::job_record::JobRecord;
use crate::{Drained, Pace, WakeupBell, WorkerSettings, WorkerStatus, drain, meters};

/// A job, how often it runs, and how many of its runs may go on at once.
#[derive(Clone, Debug)]
pub struct ScheduledJob {
    /// The job.
    pub job: Arc<dyn Job>,
    /// When it runs.
    pub pace: Pace,
    /// How many loops run it side by side.
    pub lanes: NonZeroUsize,
}

/// Makes [`WorkerHandle`]s.
#[derive(Clone, Copy, Debug)]
pub struct Worker;

impl Worker {
    /// Runs all the jobs of a core, each at once and then at its pace, and measures its backlogs.
    ///
    /// `bell` is the one that the core's ports have; with another one the jobs simply wait for their turns.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(milo: &Milo, bell: &WakeupBell, settings: &WorkerSettings) -> WorkerHandle {
        let ports = milo.ports();
        let meter = BacklogMeter {
            outbox: Arc::clone(&ports.outbox),
            bookings: Arc::clone(&ports.bookings),
            period: settings.backlog_sample,
        };
        let mut handle = Self::start_jobs(Self::jobs_of(milo, settings), bell);
        let record = Arc::clone(&handle.monitor.backlog);
        handle.meter = Some(tokio::spawn(meter.go(record, handle.monitor.stop.clone())));
        handle
    }

    /// All the jobs of a core, as [`start`](Self::start) schedules them: for a process that runs some of them only.
    pub fn jobs_of(milo: &Milo, settings: &WorkerSettings) -> Vec<ScheduledJob> {
        let jobs = milo.jobs();
        let all: [Arc<dyn Job>; JobKind::ALL.len()] = [
            Arc::new(jobs.payment_processor(settings.payment_wait)),
            Arc::new(jobs.reconciler()),
            Arc::new(jobs.outbox_relay()),
            Arc::new(jobs.reservation_expiry()),
            Arc::new(jobs.hold_sweep()),
            Arc::new(jobs.showtime_cancellation()),
            Arc::new(jobs.key_purge()),
        ];
        let schedule = |job: Arc<dyn Job>| ScheduledJob {
            pace: settings.pace(job.kind()),
            lanes: match job.kind() {
                JobKind::PaymentProcessor => settings.payments,
                _ => NonZeroUsize::MIN,
            },
            job,
        };
        all.into_iter().map(schedule).collect()
    }

    /// Runs exactly these jobs, each at once and then at its pace. No backlog is measured.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start_jobs(jobs: Vec<ScheduledJob>, bell: &WakeupBell) -> WorkerHandle {
        meters::describe();
        let stop = CancellationToken::new();
        let mut records = Vec::with_capacity(jobs.len());
        let mut loops = Vec::new();
        for ScheduledJob { job, pace, lanes } in jobs {
            let kind = job.kind();
            let record = Arc::new(JobRecord::new(kind));
            for lane in 0..lanes.get() {
                let job_loop = JobLoop {
                    job: Arc::clone(&job),
                    lane,
                    pace,
                    bell: bell.clone(),
                    record: Arc::clone(&record),
                    stop: stop.clone(),
                };
                loops.push((kind, tokio::spawn(job_loop.go())));
            }
            records.push(record);
        }
        WorkerHandle {
            loops,
            meter: None,
            _stop_on_drop: stop.clone().drop_guard(),
            monitor: WorkerMonitor {
                records: records.into(),
                backlog: Arc::default(),
                stop,
            },
        }
    }
}

/// A worker at work. Dropping it tells the loops to stop and does not wait for them.
#[derive(Debug)]
pub struct WorkerHandle {
    loops: Vec<(JobKind, JoinHandle<()>)>,
    meter: Option<JoinHandle<()>>,
    monitor: WorkerMonitor,
    _stop_on_drop: DropGuard,
}

impl WorkerHandle {
    /// What the worker does at this moment.
    pub fn status(&self) -> WorkerStatus {
        self.monitor.status()
    }

    /// The same for others: health checks, pages, tests.
    pub fn monitor(&self) -> WorkerMonitor {
        self.monitor.clone()
    }

    /// Takes no new work, lets the runs under way finish for up to `limit`, cuts off those that do not, and says which.
    pub async fn drain(self, limit: Duration) -> Drained {
        self.monitor.stop.cancel();
        let drained = drain::finish(self.loops, limit).await;
        if let Some(meter) = self.meter {
            // It ends by itself at once; an error here could only be its panic, and it is over either way.
            let _ = meter.await;
        }
        drained
    }
}

/// Watches a worker; cheap to clone. It stays readable after the worker has stopped.
#[derive(Clone, Debug)]
pub struct WorkerMonitor {
    records: Arc<[Arc<JobRecord>]>,
    backlog: Arc<BacklogRecord>,
    stop: CancellationToken,
}

impl WorkerMonitor {
    /// Measures how long ago each job ended its last run: call it before the measurements are shown, because that grows
    /// by itself.
    pub fn measure_ages(&self) {
        for job in self.status().jobs {
            if let Some(age) = job.ended_ago {
                meters::last_run_age(job.job, age);
            }
        }
    }

    /// What the worker does at this moment.
    pub fn status(&self) -> WorkerStatus {
        let (backlog, backlog_error) = self.backlog.status();
        WorkerStatus {
            jobs: self.records.iter().map(|record| record.status()).collect(),
            backlog,
            backlog_error,
            draining: self.stop.is_cancelled(),
        }
    }
}
