use std::collections::HashSet;
use std::time::Duration;

use milo_core::ports::PaymentQueue;

use super::rig::{PATIENCE, QUIET, Rig, received, until, wake};

#[tokio::test]
async fn a_message_that_cannot_be_read_is_dead_lettered_and_others_go_on() {
    let rig = Rig::new().await;
    let operator = rig.operator().await;
    let bodies: [&[u8]; 5] = [b"", b"{}", b"\xff\xfe", b"{\"version\":2}", &[b'x'; 100_000]];
    for body in bodies {
        operator.publish(rig.name(), body).await;
    }
    let sent = wake();
    rig.queue.publish(&sent).await.unwrap();
    let delivery = rig.received().await;
    assert_eq!(delivery.wake, sent);
    rig.queue.acknowledge(&delivery).await.unwrap();

    until("they are dead letters", || async {
        operator.queue(&rig.dead()).await.unwrap().0 == 5
    })
    .await;
    assert_eq!(rig.queue.receive(QUIET).await.unwrap(), None);
    // They name no payment, and are in nobody's way.
    rig.queue
        .bury(&sent, &milo_core::domain::PaymentFailure::cancelled())
        .await
        .unwrap();
    assert_eq!(rig.queue.dead_letters(10).await.unwrap().len(), 1);
    assert!(rig.queue.replay(sent.id).await.unwrap());
    assert_eq!(operator.queue(&rig.dead()).await.unwrap().0, 5);
}

#[tokio::test]
async fn a_late_acknowledgement_acknowledges_nothing_of_the_next_connection() {
    let rig = Rig::new().await;
    let sent = wake();
    rig.queue.publish(&sent).await.unwrap();
    let late = rig.received().await;
    rig.cut().await;
    let again = rig.received().await;
    assert_ne!(again.tag, late.tag);
    rig.queue.acknowledge(&late).await.unwrap();
    rig.queue.reject(&late).await.unwrap();

    rig.cut().await;
    let third = rig.received().await;
    assert_eq!(third.wake, sent);
    rig.queue.acknowledge(&third).await.unwrap();
    rig.cut().await;
    assert_eq!(rig.queue.receive(QUIET).await.unwrap(), None);
}

#[tokio::test]
async fn a_delivery_that_nobody_acknowledges_is_given_back() {
    let rig = Rig::tuned(|settings| settings.acknowledge_within = Duration::from_secs(1)).await;
    let sent = wake();
    rig.queue.publish(&sent).await.unwrap();
    let forgotten = rig.received().await;
    let again = rig.received().await;
    assert_eq!((again.wake, again.redelivered), (sent, 1));
    rig.queue.acknowledge(&forgotten).await.unwrap();
    let third = rig.received().await;
    rig.queue.acknowledge(&third).await.unwrap();
    assert_eq!(third.redelivered, 2, "the forgotten one acknowledged nothing");
}

#[tokio::test]
async fn a_process_takes_no_more_than_its_prefetch() {
    let rig = Rig::tuned(|settings| settings.prefetch = 3).await;
    for _ in 0..10 {
        rig.queue.publish(&wake()).await.unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(rig.received().await);
    }
    assert_eq!(rig.queue.receive(QUIET).await.unwrap(), None);
    assert_eq!(rig.operator().await.queue(rig.name()).await, Some((7, 1)));
    rig.queue.acknowledge(&held[0]).await.unwrap();
    assert!(rig.queue.receive(PATIENCE).await.unwrap().is_some());
}

#[tokio::test]
async fn two_processes_share_the_load_and_no_message() {
    let rig = Rig::tuned(|settings| settings.prefetch = 4).await;
    let another = rig.another_process().await;
    let mut sent = HashSet::new();
    for queue in [&rig.queue, &another] {
        // Both consume before there is anything.
        assert_eq!(queue.receive(Duration::ZERO).await.unwrap(), None);
        until("it consumes", || async { queue.ready().is_ok() }).await;
    }
    for _ in 0..200 {
        let wake = wake();
        rig.queue.publish(&wake).await.unwrap();
        sent.insert(wake.id);
    }
    let drained = [&rig.queue, &another].map(|queue| {
        let queue = queue.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Some(delivery) = queue.receive(Duration::from_secs(1)).await.unwrap() {
                queue.acknowledge(&delivery).await.unwrap();
                seen.push(delivery.wake.id);
            }
            seen
        })
    });
    let [first, second] = drained;
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(
        !first.is_empty() && !second.is_empty(),
        "{} and {}",
        first.len(),
        second.len()
    );
    assert_eq!(first.len() + second.len(), 200, "none was given to both");
    assert_eq!(first.into_iter().chain(second).collect::<HashSet<_>>(), sent);
}

#[tokio::test]
async fn what_a_process_had_in_hand_goes_to_another_when_it_ends() {
    let rig = Rig::new().await;
    let another = rig.another_process().await;
    let sent = wake();
    rig.queue.publish(&sent).await.unwrap();
    received(&another).await;
    drop(another);
    let delivery = rig.received().await;
    assert_eq!(delivery.wake, sent);
}
