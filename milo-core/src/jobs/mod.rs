//! What must run beside the requests. Each job is an object with a bounded [`run_once`](Job::run_once) that is safe to
//! run twice, at once, and anywhere; `milo-worker` drives them.

mod drive_payment;
mod hold_sweep;
mod key_purge;
mod outbox_relay;
mod payment_processor;
mod reconciler;
mod reservation_expiry;
mod showtime_cancellation;
mod take_steps;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::milo::Core;
use crate::ports::{JobKind, PortError};

pub use hold_sweep::HoldSweep;
pub use key_purge::KeyPurge;
pub use outbox_relay::OutboxRelay;
pub use payment_processor::PaymentProcessor;
pub use reconciler::Reconciler;
pub use reservation_expiry::ReservationExpiry;
pub use showtime_cancellation::ShowtimeCancellation;

/// What one run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobReport {
    /// How many items were handled.
    pub handled: usize,
    /// Whether more items wait: run again at once.
    pub more: bool,
    /// What became of the items, by name.
    pub outcomes: BTreeMap<&'static str, u64>,
}

impl JobReport {
    fn count(&mut self, outcome: &'static str) {
        self.handled += 1;
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}

/// How far a job lags behind.
pub use crate::ports::Backlog;

/// A job of the core.
#[async_trait]
pub trait Job: Debug + Send + Sync {
    /// Which job it is.
    fn kind(&self) -> JobKind;

    /// Handles one bounded batch. Safe to repeat and to run beside itself.
    ///
    /// # Errors
    /// See [`PortError`]; what was handled before the error stays handled.
    async fn run_once(&self) -> Result<JobReport, PortError>;
}

/// All the jobs of one core.
#[derive(Clone, Debug)]
pub struct Jobs {
    core: Arc<Core>,
}

impl Jobs {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        Self { core: Arc::clone(core) }
    }

    /// Drives the payments that the queue names. A run waits up to `wait` for a message and handles one.
    pub fn payment_processor(&self, wait: Duration) -> PaymentProcessor {
        PaymentProcessor {
            core: Arc::clone(&self.core),
            wait,
        }
    }

    /// Drives payments that are due, whatever became of the queue.
    pub fn reconciler(&self) -> Reconciler {
        Reconciler {
            core: Arc::clone(&self.core),
        }
    }

    /// Delivers the outbox.
    pub fn outbox_relay(&self) -> OutboxRelay {
        OutboxRelay {
            core: Arc::clone(&self.core),
        }
    }

    /// Expires reservations that nobody paid.
    pub fn reservation_expiry(&self) -> ReservationExpiry {
        ReservationExpiry {
            core: Arc::clone(&self.core),
        }
    }

    /// Clears lapsed holds away.
    pub fn hold_sweep(&self) -> HoldSweep {
        HoldSweep {
            core: Arc::clone(&self.core),
        }
    }

    /// Cancels what belongs to cancelled showtimes.
    pub fn showtime_cancellation(&self) -> ShowtimeCancellation {
        ShowtimeCancellation {
            core: Arc::clone(&self.core),
        }
    }

    /// Clears idempotency keys away whose time is over.
    pub fn key_purge(&self) -> KeyPurge {
        KeyPurge {
            core: Arc::clone(&self.core),
        }
    }
}
