//! Messages that nobody could handle.

use super::OperationsService;
use crate::domain::{Admin, MessageId};
use crate::ports::{DeadLetter, PortError};

/// Why a dead letter was not sent again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such dead letter, or somebody else has sent it again.
    #[error("no such dead letter")]
    NotFound,
    /// See [`PortError`]. After an unknown outcome it may have been sent: repeating it is harmless.
    #[error(transparent)]
    Port(#[from] PortError),
}

impl OperationsService<'_> {
    /// Up to `limit` dead letters of the payment queue, oldest first.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn dead_letters(&self, _: Admin, limit: usize) -> Result<Vec<DeadLetter>, PortError> {
        self.core.ports.queue.dead_letters(limit).await
    }

    /// Sends a dead letter again, so that a worker looks at its payment.
    ///
    /// A message only wakes a worker, which does what the payment's state asks for: a payment that has ended stays as it
    /// ended, and one that [wants a review](crate::domain::Payment::needs_review) keeps its mark and its slowest pace
    /// until the gateway answers for certain.
    ///
    /// # Errors
    /// See [`ReplayError`].
    pub async fn replay_dead_letter(&self, admin: Admin, message: MessageId) -> Result<(), ReplayError> {
        if !self.core.ports.queue.replay(message).await? {
            return Err(ReplayError::NotFound);
        }
        tracing::info!(message.id = %message, user.id = %admin.user(), "a dead letter was sent again");
        Ok(())
    }
}
