//! The suite of [`PaymentQueue`].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::PaymentFailure;
use crate::ports::{Delivery, PaymentQueue, PaymentWake};

use super::{EngineClock, Spawn, TICK, at_once, samples};

/// An empty queue, with no dead letters.
#[async_trait]
pub trait PaymentQueueFixture: EngineClock {
    /// The queue under test.
    fn queue(&self) -> Arc<dyn PaymentQueue>;

    /// How often a message is delivered before it is dead-lettered.
    fn deliveries_max(&self) -> u32;

    /// Lets the receiver of every delivery so far be gone: its connection breaks, or its time is over.
    async fn lose_receivers(&self);
}

/// How long a case waits for a message that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a case waits for a message that must not come.
const QUIET: Duration = Duration::from_millis(50);

fn wake() -> PaymentWake {
    PaymentWake {
        id: samples::id(),
        payment: samples::id(),
        showtime: samples::id(),
    }
}

fn reason() -> PaymentFailure {
    PaymentFailure::gateway_unavailable()
}

async fn published(queue: &dyn PaymentQueue, count: usize) -> Vec<PaymentWake> {
    let mut sent = Vec::with_capacity(count);
    for _ in 0..count {
        let wake = wake();
        queue.publish(&wake).await.unwrap();
        sent.push(wake);
    }
    sent
}

async fn received(queue: &dyn PaymentQueue) -> Delivery {
    queue.receive(PATIENCE).await.unwrap().expect("a message is there")
}

async fn assert_quiet(queue: &dyn PaymentQueue) {
    assert_eq!(queue.receive(QUIET).await.unwrap(), None);
}

async fn buried(queue: &dyn PaymentQueue) -> Vec<PaymentWake> {
    queue
        .dead_letters(100)
        .await
        .unwrap()
        .iter()
        .map(|letter| letter.wake)
        .collect()
}

/// Nothing was sent, nothing is received.
pub async fn an_empty_queue_gives_nothing(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    assert_eq!(queue.receive(Duration::ZERO).await.unwrap(), None);
    assert_quiet(queue).await;
    assert_eq!(queue.dead_letters(10).await.unwrap(), []);
}

/// What was sent is received, for the first time, and given to nobody else.
pub async fn a_message_is_given_to_one_receiver(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let sent = published(queue, 1).await[0];
    let delivery = received(queue).await;
    assert_eq!((delivery.wake, delivery.redelivered), (sent, 0));
    assert_quiet(queue).await;
    queue.acknowledge(&delivery).await.unwrap();
    assert_quiet(queue).await;
}

/// Every message comes, each under a name of its own.
pub async fn every_message_is_delivered(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let sent: HashSet<PaymentWake> = published(queue, 20).await.into_iter().collect();
    let (mut seen, mut tags) = (HashSet::new(), HashSet::new());
    for _ in 0..20 {
        let delivery = received(queue).await;
        assert!(tags.insert(delivery.tag), "two deliveries under one name");
        assert!(seen.insert(delivery.wake), "delivered twice");
        queue.acknowledge(&delivery).await.unwrap();
    }
    assert_eq!(seen, sent);
    assert_quiet(queue).await;
}

/// An acknowledged message is gone even when its receiver is lost afterwards.
pub async fn an_acknowledged_message_never_comes_again(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    published(queue, 1).await;
    let delivery = received(queue).await;
    queue.acknowledge(&delivery).await.unwrap();
    fixture.lose_receivers().await;
    assert_quiet(queue).await;
    assert_eq!(buried(queue).await, []);
}

/// A message whose receiver is gone is given to another.
pub async fn a_lost_receivers_message_is_delivered_again(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let sent = published(queue, 1).await[0];
    received(queue).await;
    assert_quiet(queue).await;
    fixture.lose_receivers().await;
    let again = received(queue).await;
    assert_eq!(again.wake, sent);
    assert_eq!(again.redelivered, 1);
    queue.acknowledge(&again).await.unwrap();
    assert_quiet(queue).await;
}

/// A rejected message comes again, says how often it came, and is dead-lettered after its last delivery.
pub async fn a_rejected_message_is_dead_lettered_after_its_last_delivery(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let sent = published(queue, 1).await[0];
    for redelivered in 0..fixture.deliveries_max() {
        assert_eq!(buried(queue).await, []);
        let delivery = received(queue).await;
        assert_eq!((delivery.wake, delivery.redelivered), (sent, redelivered));
        queue.reject(&delivery).await.unwrap();
    }
    assert_quiet(queue).await;
    assert_eq!(buried(queue).await, [sent]);
}

/// A poisoned message holds no other up.
pub async fn a_rejected_message_does_not_hold_others_up(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let sent = published(queue, 2).await;
    let poison = received(queue).await;
    queue.reject(&poison).await.unwrap();
    let mut seen = HashSet::new();
    for _ in 0..2 {
        seen.insert(received(queue).await.wake);
    }
    assert_eq!(seen, sent.into_iter().collect());
}

/// Buried payments are listed oldest first with their reason, and stay; one of each id.
pub async fn dead_letters_are_listed_oldest_first(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let before = fixture.now().await;
    let mut sent = Vec::new();
    for code in ["first", "second", "third"] {
        let (wake, reason) = (wake(), PaymentFailure::parse(code).unwrap());
        queue.bury(&wake, &reason).await.unwrap();
        queue.bury(&wake, &reason).await.unwrap();
        sent.push((wake, reason));
        fixture.advance(TICK).await;
    }
    let after = fixture.now().await;
    for _ in 0..2 {
        let letters = queue.dead_letters(10).await.unwrap();
        let found: Vec<_> = letters
            .iter()
            .map(|letter| (letter.wake, letter.reason.clone()))
            .collect();
        assert_eq!(found, sent, "they stay, one of each id");
        assert!(letters.is_sorted_by_key(|letter| letter.at));
        assert!(letters.iter().all(|letter| (before..=after).contains(&letter.at)));
    }
    let some = queue.dead_letters(2).await.unwrap();
    assert_eq!(
        some.iter().map(|letter| letter.wake).collect::<Vec<_>>(),
        [sent[0].0, sent[1].0]
    );
    assert_quiet(queue).await;
}

/// A replayed dead letter is sent again, once, and leaves the others.
pub async fn a_dead_letter_is_replayed_once(fixture: &impl PaymentQueueFixture) {
    let queue = &*fixture.queue();
    let (replayed, left) = (wake(), wake());
    queue.bury(&replayed, &reason()).await.unwrap();
    queue.bury(&left, &reason()).await.unwrap();
    assert!(
        !queue.replay(samples::id()).await.unwrap(),
        "an unknown one is not there"
    );
    assert!(queue.replay(replayed.id).await.unwrap());
    assert!(!queue.replay(replayed.id).await.unwrap(), "it is not there any more");
    assert_eq!(buried(queue).await, [left]);
    let delivery = received(queue).await;
    assert_eq!((delivery.wake, delivery.redelivered), (replayed, 0));
    queue.acknowledge(&delivery).await.unwrap();
    assert_quiet(queue).await;
}

/// Many receivers at once: every message is given to one of them.
pub async fn receivers_at_once_never_share_a_message(fixture: &impl PaymentQueueFixture, spawn: &dyn Spawn) {
    let queue = fixture.queue();
    let sent: HashSet<PaymentWake> = published(&*queue, 40).await.into_iter().collect();
    let receivers = (0..40).map(|_| {
        let queue = queue.clone();
        async move {
            let delivery = received(&*queue).await;
            queue.acknowledge(&delivery).await.unwrap();
            delivery.wake
        }
    });
    let seen = at_once(spawn, receivers).await;
    assert_eq!(seen.len(), sent.len());
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), sent);
    assert_quiet(&*queue).await;
}

/// Receivers that already wait are woken by what is sent.
pub async fn waiting_receivers_are_woken(fixture: &impl PaymentQueueFixture, spawn: &dyn Spawn) {
    let queue = fixture.queue();
    let work = (0..20).map(|turn| {
        let queue = queue.clone();
        async move {
            if turn < 10 {
                Some(received(&*queue).await.wake)
            } else {
                queue.publish(&wake()).await.unwrap();
                None
            }
        }
    });
    let seen: HashSet<PaymentWake> = at_once(spawn, work).await.into_iter().flatten().collect();
    assert_eq!(seen.len(), 10);
}

/// Stamps the suite of the payment queue; takes a future that makes a
/// [`PaymentQueueFixture`](crate::conformance::payment_queue::PaymentQueueFixture).
#[macro_export]
macro_rules! payment_queue_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            payment_queue,
            $fixture,
            cases: [
                an_empty_queue_gives_nothing,
                a_message_is_given_to_one_receiver,
                every_message_is_delivered,
                an_acknowledged_message_never_comes_again,
                a_lost_receivers_message_is_delivered_again,
                a_rejected_message_is_dead_lettered_after_its_last_delivery,
                a_rejected_message_does_not_hold_others_up,
                dead_letters_are_listed_oldest_first,
                a_dead_letter_is_replayed_once,
            ],
            at_once: [
                receivers_at_once_never_share_a_message,
                waiting_receivers_are_woken,
            ],
        );
    };
}
