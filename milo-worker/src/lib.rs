//! The loops that drive the core's jobs: the payment workers, the outbox relay, the reconciler and the sweepers.
//!
//! Nothing here decides anything about a booking. A worker runs each [`Job`](milo_core::jobs::Job) when it is due or
//! when somebody [rings](WakeupBell) for it, backs off while it fails, outlives its panics, counts what it does, and
//! lets the runs under way finish before it stops. Any number of workers may run beside each other; all of them may die.
//!
//! ```text
//! let bell = WakeupBell::default();
//! let milo = Milo::new(Ports { wakeup: Arc::new(bell.clone()), .. }, Policy::default());
//! let worker = Worker::start(&milo, &bell, &WorkerSettings::default());
//! // … serve requests …
//! let drained = worker.drain(Duration::from_secs(10)).await;
//! ```

#![deny(missing_docs)]

mod backlog;
mod bell;
mod drain;
mod job_loop;
mod job_record;
mod meters;
mod pace;
mod probe;
mod settings;
mod status;
mod worker;

pub use bell::WakeupBell;
pub use drain::Drained;
pub use pace::Pace;
pub use probe::WorkerProbe;
pub use settings::WorkerSettings;
pub use status::{BacklogStatus, JobStatus, WorkerStatus};
pub use worker::{ScheduledJob, Worker, WorkerHandle, WorkerMonitor};
