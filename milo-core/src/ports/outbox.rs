use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::{Backlog, PortError};
use crate::domain::{Message, MessageId};

/// The messages that were written with a step and have not been delivered yet.
/// Proven by [`crate::conformance::outbox`].
///
/// A message is delivered at least once. Order is not promised: receivers read state, not order.
#[async_trait]
pub trait Outbox: Debug + Send + Sync {
    /// Takes up to `limit` undelivered messages, oldest first, for `lease`: nobody else is given them until it ends.
    /// Messages that were parked are left out.
    async fn take(&self, limit: usize, lease: Duration) -> Result<Vec<Message>, PortError>;

    /// Marks messages as delivered, for ever. Repeating is harmless.
    async fn delivered(&self, messages: &[MessageId]) -> Result<(), PortError>;

    /// A delivery failed: the message is taken again after `retry_after`; at its `tries_max`th failure it is parked
    /// instead, so that it cannot hold others up. Returns whether it was parked.
    async fn failed(&self, message: MessageId, retry_after: Duration, tries_max: u32) -> Result<bool, PortError>;

    /// How many messages wait, parked ones left out, and how long the oldest has.
    async fn backlog(&self) -> Result<Backlog, PortError>;

    /// How many messages are parked.
    async fn parked(&self) -> Result<u64, PortError>;
}
