use std::collections::HashSet;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream;
use milo_core::domain::{MessageId, PaymentFailure};
use milo_core::ports::{Failure, PaymentQueue, PaymentWake};

use super::rig::{QUIET, Rig, until, wake};

async fn received_all(rig: &Rig, count: usize) -> HashSet<MessageId> {
    let mut seen = HashSet::new();
    while seen.len() < count {
        let delivery = rig.received().await;
        seen.insert(delivery.wake.id);
        rig.queue.acknowledge(&delivery).await.unwrap();
    }
    seen
}

#[tokio::test]
async fn a_message_that_no_queue_takes_is_not_published_and_the_queue_is_made_anew() {
    let rig = Rig::new().await;
    rig.operator().await.delete(rig.name()).await;
    let error = rig.queue.publish(&wake()).await.unwrap_err();
    assert_eq!(error.failure, Failure::Transient);

    let sent = wake();
    until("it can be sent again", || async {
        rig.queue.publish(&sent).await.is_ok()
    })
    .await;
    assert_eq!(rig.received().await.wake, sent);
}

#[tokio::test]
async fn a_letter_that_no_queue_takes_is_not_buried_and_the_queue_is_made_anew() {
    let rig = Rig::new().await;
    rig.operator().await.delete(&rig.dead()).await;
    let (sent, reason) = (wake(), PaymentFailure::cancelled());
    let bury = || rig.queue.bury(&sent, &reason);
    assert_eq!(bury().await.unwrap_err().failure, Failure::Transient);
    until("it can be buried", || async { bury().await.is_ok() }).await;
    assert_eq!(rig.queue.dead_letters(10).await.unwrap().len(), 1);
}

/// The broker confirms many at once, and the client library does not say rightly which of them came back.
#[tokio::test]
async fn of_many_messages_sent_at_once_those_that_came_back_are_told_apart() {
    let rig = Rig::new().await;
    rig.operator().await.delete(rig.name()).await;
    let wakes: Vec<PaymentWake> = (0..200).map(|_| wake()).collect();
    let sent = join_all(wakes.iter().enumerate().map(async |(turn, wake)| {
        // Every other one has a queue to go to.
        let sent = if turn % 2 == 0 {
            rig.queue.publish(wake).await
        } else {
            rig.queue.bury(wake, &PaymentFailure::cancelled()).await
        };
        sent.is_ok().then_some((turn % 2 == 0, wake.id))
    }))
    .await;
    let confirmed = |published: bool| -> HashSet<MessageId> {
        sent.iter()
            .flatten()
            .filter(|(of, _)| *of == published)
            .map(|(_, id)| *id)
            .collect()
    };

    let buried: HashSet<MessageId> = rig
        .queue
        .dead_letters(1000)
        .await
        .unwrap()
        .iter()
        .map(|letter| letter.wake.id)
        .collect();
    assert!(
        buried.is_superset(&confirmed(false)),
        "a letter is missing that was confirmed"
    );
    let published = confirmed(true);
    let received = received_all(&rig, published.len()).await;
    assert!(
        received.is_superset(&published),
        "a message is missing that was confirmed"
    );
    assert!(published.len() < 100, "the queue was there");
}

#[tokio::test]
async fn a_thousand_messages_share_a_channel() {
    let rig = Rig::new().await;
    let wakes: Vec<PaymentWake> = (0..1000).map(|_| wake()).collect();
    stream::iter(&wakes)
        .for_each_concurrent(64, async |wake| rig.queue.publish(wake).await.unwrap())
        .await;
    let sent: HashSet<MessageId> = wakes.iter().map(|wake| wake.id).collect();
    assert_eq!(received_all(&rig, 1000).await, sent);
    assert_eq!(rig.queue.receive(QUIET).await.unwrap(), None);
    assert_eq!(rig.proxy.connections(), 2, "one sends, one receives");
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
    let rig = Rig::tuned(|settings| settings.length_max = 5).await;
    let mut sent = 0;
    let error = loop {
        // A quorum queue notices a little late that it is full.
        match rig.queue.publish(&wake()).await {
            Ok(()) => sent += 1,
            Err(error) => break error,
        }
        assert!(sent < 1000, "the queue is never full");
    };
    assert_eq!(error.failure, Failure::Transient);
    rig.queue.ready().unwrap();
    received_all(&rig, sent).await;
    until("there is room", || async { rig.queue.publish(&wake()).await.is_ok() }).await;
}

#[tokio::test]
async fn a_sender_that_stops_waiting_holds_nobody_up() {
    let rig = Rig::new().await;
    for _ in 0..50 {
        let _ = tokio::time::timeout(Duration::ZERO, rig.queue.publish(&wake())).await;
    }
    rig.queue.publish(&wake()).await.unwrap();
}
