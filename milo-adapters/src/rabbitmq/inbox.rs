//! The deliveries of this process that no receiver has yet.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use milo_core::ports::Delivery;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// The longest that a receiver waits at a stretch.
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Filled by the consumer, emptied by any number of receivers; it never holds more than the prefetch, because the
/// broker sends no more.
#[derive(Default)]
pub(super) struct Inbox {
    ready: Mutex<VecDeque<Delivery>>,
    arrived: Notify,
}

impl Inbox {
    pub(super) fn put(&self, delivery: Delivery) {
        self.ready().push_back(delivery);
        self.arrived.notify_one();
    }

    /// Takes one delivery back; false if a receiver has it.
    pub(super) fn withdraw(&self, tag: u64) -> bool {
        let mut ready = self.ready();
        let before = ready.len();
        ready.retain(|delivery| delivery.tag != tag);
        ready.len() < before
    }

    /// Forgets what the broker gives to others: the connection that it came by is gone.
    pub(super) fn clear(&self) {
        self.ready().clear();
    }

    /// The next delivery, waiting for up to `wait`, and no longer than [`WAIT_MAX`]. A caller that stops waiting takes none with it.
    pub(super) async fn take(&self, wait: Duration) -> Option<Delivery> {
        let mut deadline = None;
        loop {
            let mut arrived = pin!(self.arrived.notified());
            // Waits from here on: what arrives between the look below and the wait is not missed.
            arrived.as_mut().enable();
            if let Some(delivery) = self.next() {
                return Some(delivery);
            }
            if wait.is_zero() {
                return None;
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + wait.min(WAIT_MAX));
            if timeout_at(deadline, arrived).await.is_err() {
                // What arrived with the last tick is not left lying.
                return self.next();
            }
        }
    }

    fn next(&self) -> Option<Delivery> {
        let mut ready = self.ready();
        let delivery = ready.pop_front();
        if !ready.is_empty() {
            // One permit is all that the notification keeps: pass it on to the next receiver.
            self.arrived.notify_one();
        }
        delivery
    }

    fn ready(&self) -> MutexGuard<'_, VecDeque<Delivery>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use milo_core::domain::{MessageId, PaymentId, ShowtimeId};
    use milo_core::ports::PaymentWake;
    use uuid::Uuid;

    use super::*;

    const WAIT: Duration = Duration::from_secs(5);

    fn delivery(tag: u64) -> Delivery {
        let wake = PaymentWake {
            id: MessageId(Uuid::nil()),
            payment: PaymentId(Uuid::nil()),
            showtime: ShowtimeId(Uuid::nil()),
        };
        Delivery {
            wake,
            tag,
            redelivered: 0,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn receivers_that_wait_get_one_delivery_each() {
        let inbox = Arc::new(Inbox::default());
        let receivers: Vec<_> = (0..3)
            .map(|_| {
                let inbox = Arc::clone(&inbox);
                tokio::spawn(async move { inbox.take(WAIT).await.unwrap().tag })
            })
            .collect();
        tokio::task::yield_now().await;
        for tag in 1..=3 {
            inbox.put(delivery(tag));
        }
        let mut tags = Vec::new();
        for receiver in receivers {
            tags.push(receiver.await.unwrap());
        }
        tags.sort_unstable();
        assert_eq!(tags, [1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_receiver_waits_as_long_as_it_was_told() {
        let began = Instant::now();
        assert_eq!(Inbox::default().take(WAIT).await, None);
        assert_eq!(began.elapsed(), WAIT);
    }

    #[tokio::test(start_paused = true)]
    async fn no_receiver_waits_without_an_end() {
        let began = Instant::now();
        assert_eq!(Inbox::default().take(Duration::MAX).await, None);
        assert_eq!(began.elapsed(), WAIT_MAX);
    }

    #[tokio::test]
    async fn without_a_wait_what_is_there_is_taken() {
        let inbox = Inbox::default();
        assert_eq!(inbox.take(Duration::ZERO).await, None);
        inbox.put(delivery(1));
        assert_eq!(inbox.take(Duration::ZERO).await, Some(delivery(1)));
    }

    #[tokio::test]
    async fn a_withdrawn_delivery_is_given_to_nobody() {
        let inbox = Inbox::default();
        inbox.put(delivery(1));
        assert!(inbox.withdraw(1));
        assert!(!inbox.withdraw(1));
        assert_eq!(inbox.take(Duration::ZERO).await, None);
    }
}
