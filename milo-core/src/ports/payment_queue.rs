use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::PortError;
use crate::domain::{MessageId, PaymentFailure, PaymentId, ShowtimeId};

/// What travels: ids only. The store is the queue of record; a message merely wakes a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct PaymentWake {
    /// The message, so that a receiver can tell a repeat.
    pub id: MessageId,
    /// The payment to look at.
    pub payment: PaymentId,
    /// Its showtime.
    pub showtime: ShowtimeId,
}

/// A message that was received and waits for its acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What was sent.
    pub wake: PaymentWake,
    /// Names this delivery towards the queue.
    pub tag: u64,
    /// How often it was delivered before.
    pub redelivered: u32,
}

/// A message that nobody could handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What was sent.
    pub wake: PaymentWake,
    /// What was wrong.
    pub reason: PaymentFailure,
    /// When it was given up.
    pub at: Timestamp,
}

/// Wakes payment workers. At least once, in no order; losing all of it costs latency, never a payment.
/// Proven by [`crate::conformance::payment_queue`].
#[async_trait]
pub trait PaymentQueue: Debug + Send + Sync {
    /// Sends a message; when this returns, the queue has it durably.
    async fn publish(&self, wake: &PaymentWake) -> Result<(), PortError>;

    /// The next message, waiting for up to `wait`; none if there was none. It is given to nobody else until it is
    /// acknowledged, rejected, or its receiver is gone.
    async fn receive(&self, wait: Duration) -> Result<Option<Delivery>, PortError>;

    /// The message is dealt with. Call it after the effect is committed.
    async fn acknowledge(&self, delivery: &Delivery) -> Result<(), PortError>;

    /// The message could not be dealt with: it is delivered again, and dead-lettered after its last delivery.
    async fn reject(&self, delivery: &Delivery) -> Result<(), PortError>;

    /// Puts a payment into the dead-letter queue. Repeating it with the same id keeps one.
    async fn bury(&self, wake: &PaymentWake, reason: &PaymentFailure) -> Result<(), PortError>;

    /// Up to `limit` dead letters, oldest first; they stay.
    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, PortError>;

    /// Sends a dead letter again and removes it from the dead-letter queue; false if it is not there.
    async fn replay(&self, message: MessageId) -> Result<bool, PortError>;
}
