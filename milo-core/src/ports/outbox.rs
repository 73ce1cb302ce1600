use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{Backlog, PortError};
use crate::domain::{Message, MessageId};

/// A message that was taken for delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMessage {
    /// The message.
    pub message: Message,
    /// How often its delivery has failed.
    pub failures: u32,
}

/// The messages that were written with a step and have not been delivered yet.
/// Proven by [`crate::conformance::outbox`].
///
/// A message is delivered at least once. Order is not promised: receivers read state, not order.
#[async_trait]
pub trait Outbox: Debug + Send + Sync {
    /// Takes up to `limit` undelivered messages, oldest first, for `lease`: nobody else is given them until it ends.
    /// Messages that were parked are left out.
    async fn take(&self, limit: usize, lease: Duration) -> Result<Vec<TakenMessage>, PortError>;

    /// Marks messages as delivered, for ever. Repeating is harmless.
    async fn delivered(&self, messages: &[MessageId]) -> Result<(), PortError>;

    /// Counts a failed delivery. The message may be taken again after `retry_after`; with none it is parked, so that it
    /// cannot hold others up. A message that was delivered or parked stays so.
    async fn failed(&self, message: MessageId, retry_after: Option<Duration>) -> Result<(), PortError>;

    /// How many messages wait, parked ones left out, and how long the oldest has.
    async fn backlog(&self) -> Result<Backlog, PortError>;

    /// How many messages are parked.
    async fn parked(&self) -> Result<u64, PortError>;
}
