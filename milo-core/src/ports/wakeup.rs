use std::fmt::Debug;

/// A job of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// Drives payments that the queue names.
    PaymentProcessor,
    /// Drives payments that are due, whatever became of the queue.
    Reconciler,
    /// Delivers the outbox.
    OutboxRelay,
    /// Expires reservations that nobody paid.
    ReservationExpiry,
    /// Clears lapsed holds away.
    HoldSweep,
    /// Cancels what belongs to cancelled showtimes.
    ShowtimeCancellation,
    /// Clears idempotency keys away whose time is over.
    KeyPurge,
}

impl JobKind {
    /// Every job.
    pub const ALL: [Self; 7] = [
        Self::PaymentProcessor,
        Self::Reconciler,
        Self::OutboxRelay,
        Self::ReservationExpiry,
        Self::HoldSweep,
        Self::ShowtimeCancellation,
        Self::KeyPurge,
    ];

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentProcessor => "payment_processor",
            Self::Reconciler => "reconciler",
            Self::OutboxRelay => "outbox_relay",
            Self::ReservationExpiry => "reservation_expiry",
            Self::HoldSweep => "hold_sweep",
            Self::ShowtimeCancellation => "showtime_cancellation",
            Self::KeyPurge => "key_purge",
        }
    }
}

/// Tells a job of this process that there is work, so that it need not wait for its next turn.
///
/// Only latency depends on it: a wake-up that goes nowhere is harmless.
pub trait Wakeup: Debug + Send + Sync {
    /// Never blocks, never fails.
    fn wake(&self, job: JobKind);
}

/// Wakes nobody: the jobs run in other processes.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWakeup;

impl Wakeup for NoWakeup {
    fn wake(&self, _job: JobKind) {}
}
