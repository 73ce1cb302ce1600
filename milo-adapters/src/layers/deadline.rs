//! No call waits for ever.

use std::future::Future;
use std::time::Duration;

use milo_core::ports::PortError;

use super::{Intent, Layer, Layered, Operation, PortFailure};

/// A port whose calls end at a deadline.
///
/// ```text
/// let locks: Arc<dyn SeatLocks> = Arc::new(WithDeadline::new(locks, Deadline::after(Duration::from_millis(100))));
/// ```
pub type WithDeadline<P> = Layered<P, Deadline>;

/// How long a call may take. After that, a call that reads has failed for now (transient), and one that writes may
/// have been done (outcome unknown): the caller stops waiting, the other side may not.
///
/// A call that was told to wait for something, such as [`receive`](milo_core::ports::PaymentQueue::receive), may take
/// that much longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Duration);

impl Deadline {
    /// Calls may take this long.
    pub fn after(duration: Duration) -> Self {
        Self(duration)
    }
}

impl Layer for Deadline {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        let Ok(answer) = tokio::time::timeout(self.0.saturating_add(operation.patience), run()).await else {
            let message = format!("{} gave no answer within {} ms", operation.name, self.0.as_millis());
            let error = match operation.intent {
                Intent::Read => PortError::transient(operation.port, message),
                Intent::Write => PortError::outcome_unknown(operation.port, message),
            };
            return Err(error.into());
        };
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use milo_core::domain::{MessageId, PaymentFailure, PaymentId, ShowtimeId};
    use milo_core::ports::{DeadLetter, Delivery, Failure, PaymentQueue, PaymentWake};
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;

    /// Answers every call after the given time.
    #[derive(Debug)]
    struct Slow(Duration);

    #[async_trait]
    impl PaymentQueue for Slow {
        async fn publish(&self, _: &PaymentWake) -> Result<(), PortError> {
            tokio::time::sleep(self.0).await;
            Ok(())
        }
        async fn receive(&self, wait: Duration) -> Result<Option<Delivery>, PortError> {
            tokio::time::sleep(wait + self.0).await;
            Ok(None)
        }
        async fn acknowledge(&self, _: &Delivery) -> Result<(), PortError> {
            Ok(())
        }
        async fn reject(&self, _: &Delivery) -> Result<(), PortError> {
            Ok(())
        }
        async fn bury(&self, _: &PaymentWake, _: &PaymentFailure) -> Result<(), PortError> {
            Ok(())
        }
        async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, PortError> {
            tokio::time::sleep(self.0).await;
            Ok(Vec::new())
        }
        async fn replay(&self, _: MessageId) -> Result<bool, PortError> {
            Ok(false)
        }
    }

    const DEADLINE: Duration = Duration::from_millis(100);

    fn queue(slowness: Duration) -> WithDeadline<dyn PaymentQueue> {
        WithDeadline::new(Arc::new(Slow(slowness)), Deadline::after(DEADLINE))
    }

    fn wake() -> PaymentWake {
        PaymentWake {
            id: MessageId(Uuid::nil()),
            payment: PaymentId(Uuid::nil()),
            showtime: ShowtimeId(Uuid::nil()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_passes() {
        let queue = queue(Duration::from_millis(99));

        queue.publish(&wake()).await.unwrap();
        assert!(queue.dead_letters(1).await.unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_write_is_an_unknown_outcome_at_the_deadline() {
        let began = Instant::now();

        let error = queue(Duration::from_mins(1)).publish(&wake()).await.unwrap_err();

        assert_eq!(error.failure, Failure::OutcomeUnknown);
        assert_eq!(error.port, "payment_queue");
        assert_eq!(began.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_read_has_failed_for_now() {
        let error = queue(Duration::from_mins(1)).dead_letters(1).await.unwrap_err();

        assert_eq!(error.failure, Failure::Transient);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_as_told_is_not_being_late() {
        let wait = Duration::from_mins(10);

        assert!(queue(Duration::from_millis(99)).receive(wait).await.unwrap().is_none());
        let error = queue(Duration::from_millis(101)).receive(wait).await.unwrap_err();
        assert_eq!(error.failure, Failure::Transient);
    }
}
