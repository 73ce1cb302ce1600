use std::time::Duration;

use futures_util::future::join_all;
use milo_core::domain::{MessageId, PaymentFailure};
use milo_core::ports::PaymentQueue;

use super::proxy::Way;
use super::rig::{QUIET, Rig, until, wake};

async fn buried(rig: &Rig, count: usize) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let wake = wake();
        rig.queue.bury(&wake, &PaymentFailure::cancelled()).await.unwrap();
        ids.push(wake.id);
    }
    ids
}

async fn listed(rig: &Rig) -> Vec<MessageId> {
    let letters = rig.queue.dead_letters(1000).await.unwrap();
    letters.iter().map(|letter| letter.wake.id).collect()
}

/// More than the broker keeps in order when it takes messages back.
const MANY: usize = 100;

#[tokio::test]
async fn many_letters_stay_in_order_however_often_they_are_looked_at() {
    let rig = Rig::new().await;
    let ids = buried(&rig, MANY).await;
    for _ in 0..25 {
        assert_eq!(listed(&rig).await, ids);
    }
}

#[tokio::test]
async fn what_the_broker_gave_up_and_what_was_buried_stand_in_one_list() {
    let rig = Rig::tuned(|settings| settings.delivery_limit = 1).await;
    let (given_up, put_there) = (wake(), wake());
    rig.queue.publish(&given_up).await.unwrap();
    for _ in 0..2 {
        let delivery = rig.received().await;
        rig.queue.reject(&delivery).await.unwrap();
    }
    until("it is a dead letter", || async { listed(&rig).await.len() == 1 }).await;
    // The broker's times are whole seconds.
    tokio::time::sleep(Duration::from_secs(1)).await;
    rig.queue
        .bury(&put_there, &PaymentFailure::showtime_closed())
        .await
        .unwrap();

    let letters = rig.queue.dead_letters(10).await.unwrap();
    let found: Vec<_> = letters
        .iter()
        .map(|letter| (letter.wake, letter.reason.as_str()))
        .collect();
    assert_eq!(found, [(given_up, "delivery_limit"), (put_there, "showtime_closed")]);
    let age = letters[1].at.duration_since(letters[0].at).as_secs_f64();
    assert!((0.0..60.0).contains(&age), "{letters:?}");
}

#[tokio::test]
async fn further_copies_of_a_letter_are_taken_out() {
    let rig = Rig::new().await;
    let wake = wake();
    for _ in 0..5 {
        rig.queue.bury(&wake, &PaymentFailure::cancelled()).await.unwrap();
    }
    assert_eq!(listed(&rig).await, [wake.id]);
    assert_eq!(rig.operator().await.queue(&rig.dead()).await.unwrap().0, 1);
}

#[tokio::test]
async fn two_administrators_see_everything_and_send_a_letter_once() {
    let rig = Rig::new().await;
    let another = rig.another_process().await;
    let ids = buried(&rig, 10).await;
    let looks = join_all((0..8).map(async |turn| {
        let queue = if turn % 2 == 0 { &rig.queue } else { &another };
        queue.dead_letters(100).await.unwrap().len()
    }));
    assert_eq!(looks.await, [10; 8]);

    let sent = join_all([&rig.queue, &another, &rig.queue, &another].map(|queue| queue.replay(ids[3])));
    let sent = sent.await.into_iter().filter(|sent| *sent.as_ref().unwrap()).count();
    assert_eq!(sent, 1);
    assert_eq!(rig.received().await.wake.id, ids[3]);
    assert_eq!(rig.queue.receive(QUIET).await.unwrap(), None);
    assert_eq!(listed(&rig).await.len(), 9);
}

#[tokio::test]
async fn an_administrator_who_vanishes_in_the_middle_leaves_every_letter() {
    let rig = Rig::new().await;
    let ids = buried(&rig, MANY).await;
    for milliseconds in (0..60).step_by(3) {
        let patience = Duration::from_millis(milliseconds);
        let _ = tokio::time::timeout(patience, rig.queue.dead_letters(10)).await;
    }
    // What a lost connection held comes back a moment later.
    until("all of them are there", || async { listed(&rig).await == ids }).await;
}

#[tokio::test]
async fn a_letter_that_cannot_be_sent_again_stays() {
    let rig = Rig::tuned(|settings| settings.length_max = 1).await;
    let ids = buried(&rig, 1).await;
    while rig.queue.publish(&wake()).await.is_ok() {}
    rig.queue.replay(ids[0]).await.unwrap_err();
    assert_eq!(listed(&rig).await, ids);
}

#[tokio::test]
async fn looking_for_letters_never_takes_longer_than_its_bound() {
    let rig = Rig::tuned(|settings| settings.look_timeout = Duration::from_secs(1)).await;
    rig.proxy.set(Way::Silent);
    let began = tokio::time::Instant::now();
    let error = rig.queue.dead_letters(10).await.unwrap_err();
    assert!(error.may_retry());
    assert!(rig.queue.replay(wake().id).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}
