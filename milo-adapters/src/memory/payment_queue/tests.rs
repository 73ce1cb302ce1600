use super::*;
use crate::memory::ManualClock;
use milo_core::domain::{PaymentId, ShowtimeId};
use uuid::Uuid;

fn queue() -> (ManualClock, Arc<MemoryPaymentQueue>) {
    let clock = ManualClock::default();
    (clock.clone(), Arc::new(MemoryPaymentQueue::new(Arc::new(clock))))
}

fn wake(number: u128) -> PaymentWake {
    PaymentWake {
        id: MessageId(Uuid::from_u128(number)),
        payment: PaymentId(Uuid::from_u128(number)),
        showtime: ShowtimeId(Uuid::from_u128(number)),
    }
}

async fn received(queue: &MemoryPaymentQueue) -> Option<Delivery> {
    queue.receive(Duration::ZERO).await.unwrap()
}

#[tokio::test]
async fn a_message_whose_receiver_is_gone_is_delivered_again() {
    let (clock, queue) = queue();
    queue.publish(&wake(1)).await.unwrap();
    let first = received(&queue).await.unwrap();
    assert_eq!(received(&queue).await, None);
    clock.advance(MemoryPaymentQueue::VISIBILITY);
    let second = received(&queue).await.unwrap();
    assert_eq!((second.wake, second.redelivered), (first.wake, 1));
    assert_ne!(second.tag, first.tag);
}

#[tokio::test]
async fn a_receiver_that_comes_back_late_cannot_acknowledge_the_next_delivery() {
    let (clock, queue) = queue();
    queue.publish(&wake(1)).await.unwrap();
    let late = received(&queue).await.unwrap();
    clock.advance(MemoryPaymentQueue::VISIBILITY);
    received(&queue).await.unwrap();
    queue.acknowledge(&late).await.unwrap();
    clock.advance(MemoryPaymentQueue::VISIBILITY);
    assert!(received(&queue).await.is_some());
}

#[tokio::test]
async fn a_message_that_kills_its_receivers_ends_as_a_dead_letter() {
    let (clock, queue) = queue();
    queue.publish(&wake(1)).await.unwrap();
    for redelivered in 0..MemoryPaymentQueue::DELIVERIES_MAX {
        assert_eq!(received(&queue).await.unwrap().redelivered, redelivered);
        clock.advance(MemoryPaymentQueue::VISIBILITY);
    }
    assert_eq!(received(&queue).await, None);
    let dead = queue.dead_letters(10).await.unwrap();
    assert_eq!(dead.iter().map(|letter| letter.wake).collect::<Vec<_>>(), [wake(1)]);
    assert_eq!(dead[0].reason.as_str(), "delivery_limit");
}

#[tokio::test(start_paused = true)]
async fn receivers_that_wait_get_one_message_each() {
    let (_, queue) = queue();
    let receivers: Vec<_> = (0..3)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.receive(Duration::from_secs(5)).await.unwrap() })
        })
        .collect();
    tokio::task::yield_now().await;
    for number in 1..=3 {
        queue.publish(&wake(number)).await.unwrap();
    }
    let mut got = Vec::new();
    for receiver in receivers {
        got.push(receiver.await.unwrap().unwrap().wake);
    }
    got.sort_unstable_by_key(|wake| wake.id);
    assert_eq!(got, [wake(1), wake(2), wake(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_whose_time_is_over_gets_nothing() {
    let (_, queue) = queue();
    let started = Instant::now();
    assert_eq!(queue.receive(Duration::from_secs(5)).await.unwrap(), None);
    assert_eq!(started.elapsed(), Duration::from_secs(5));
}

#[tokio::test]
async fn a_wipe_loses_what_waits_what_was_delivered_and_what_is_dead() {
    let (clock, queue) = queue();
    for number in 1..=2 {
        queue.publish(&wake(number)).await.unwrap();
    }
    let delivered = received(&queue).await.unwrap();
    queue.bury(&wake(3), &PaymentFailure::cancelled()).await.unwrap();
    queue.wipe();
    queue.reject(&delivered).await.unwrap();
    clock.advance(MemoryPaymentQueue::VISIBILITY);
    assert_eq!(received(&queue).await, None);
    assert_eq!(queue.dead_letters(10).await.unwrap(), []);
}
