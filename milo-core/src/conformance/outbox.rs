//! The suite of [`Outbox`](crate::ports::Outbox).

use std::collections::HashSet;

use crate::domain::{Message, MessageId};
use crate::ports::{Backlog, TakenMessage};

use super::store_fixture::{Scene, StoreFixture};
use super::{BRIEF, LONG, Spawn, TICK, at_once, samples};

/// Places so many reservations, one after another; gives the ids of their messages, two each, oldest first.
async fn sent(fixture: &impl StoreFixture, scene: &Scene, first_seat: usize, count: usize) -> Vec<MessageId> {
    let mut sent = Vec::new();
    for seat in first_seat..first_seat + count {
        let mut placement = scene.hall.placement(scene.ann, seat..seat + 1);
        placement.user_seats_max = 100;
        samples::placed(&*scene.bookings, &placement).await;
        sent.extend(placement.messages.iter().map(|message| message.id));
        fixture.advance(TICK).await;
    }
    sent
}

fn ids(taken: &[TakenMessage]) -> HashSet<MessageId> {
    let ids: HashSet<_> = taken.iter().map(|taken| taken.message.id).collect();
    assert_eq!(ids.len(), taken.len(), "no message is given twice");
    ids
}

fn set(messages: &[MessageId]) -> HashSet<MessageId> {
    messages.iter().copied().collect()
}

/// Nothing was written, nothing is taken.
pub async fn an_empty_outbox_gives_nothing(fixture: &impl StoreFixture) {
    let outbox = fixture.outbox();
    assert_eq!(outbox.take(10, LONG).await.unwrap(), []);
    assert_eq!(outbox.backlog().await.unwrap(), Backlog::default());
    assert_eq!(outbox.parked().await.unwrap(), 0);
}

/// What is taken is what was written, the oldest first, at most as many as asked.
pub async fn messages_are_taken_oldest_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 3).await;
    assert_eq!(ids(&scene.outbox.take(2, LONG).await.unwrap()), set(&sent[..2]));
    assert_eq!(ids(&scene.outbox.take(2, LONG).await.unwrap()), set(&sent[2..4]));
    assert_eq!(ids(&scene.outbox.take(10, LONG).await.unwrap()), set(&sent[4..]));
    assert_eq!(scene.outbox.take(10, LONG).await.unwrap(), []);
}

/// What a message says comes out as it went in.
pub async fn a_message_is_given_as_it_was_written(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 0..3);
    let booking = samples::placed(&*scene.bookings, &placement).await;
    let step = samples::to_cancel(&booking);
    scene.bookings.apply(&step).await.unwrap();
    let taken = scene.outbox.take(10, LONG).await.unwrap();
    assert!(taken.iter().all(|taken| taken.failures == 0));
    let mut messages: Vec<Message> = taken.into_iter().map(|taken| taken.message).collect();
    messages.sort_unstable_by_key(|message| message.id);
    let expected: Vec<Message> = placement.messages.into_iter().chain(step.messages).collect();
    assert_eq!(messages, expected);
}

/// Whoever took a message and died gives it back when the lease ends.
pub async fn a_message_is_taken_again_after_its_lease(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 1).await;
    assert_eq!(ids(&scene.outbox.take(10, BRIEF).await.unwrap()), set(&sent));
    assert_eq!(scene.outbox.take(10, BRIEF).await.unwrap(), []);
    fixture.advance(BRIEF).await;
    assert_eq!(ids(&scene.outbox.take(10, BRIEF).await.unwrap()), set(&sent));
}

/// Delivered is for ever, and may be said twice.
pub async fn a_delivered_message_is_never_taken_again(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 2).await;
    scene.outbox.take(10, BRIEF).await.unwrap();
    scene.outbox.delivered(&sent[..2]).await.unwrap();
    scene.outbox.delivered(&sent[..2]).await.unwrap();
    scene.outbox.delivered(&[samples::id()]).await.unwrap();
    scene.outbox.delivered(&[]).await.unwrap();
    fixture.advance(BRIEF).await;
    assert_eq!(ids(&scene.outbox.take(10, BRIEF).await.unwrap()), set(&sent[2..]));
}

/// A failed message waits as long as it was told, whatever its lease was, and holds no other up.
pub async fn a_failed_message_is_taken_again_later(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 1).await;
    scene.outbox.take(10, LONG).await.unwrap();
    scene.outbox.failed(sent[0], Some(BRIEF)).await.unwrap();
    assert_eq!(scene.outbox.take(10, LONG).await.unwrap(), [], "not yet");
    fixture.advance(BRIEF).await;
    assert_eq!(
        ids(&scene.outbox.take(10, LONG).await.unwrap()),
        set(&sent[..1]),
        "the other is still leased"
    );
}

/// Failures are counted, so that whoever takes a message knows how often it was tried.
pub async fn failures_are_counted(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 1).await;
    scene.outbox.delivered(&sent[1..]).await.unwrap();
    for failures in 0..3 {
        let taken = scene.outbox.take(10, LONG).await.unwrap();
        assert_eq!(taken.iter().map(|taken| taken.failures).collect::<Vec<_>>(), [failures]);
        scene.outbox.failed(sent[0], Some(BRIEF)).await.unwrap();
        fixture.advance(BRIEF).await;
    }
}

/// A message that is set aside is never taken again, and it is counted.
pub async fn a_parked_message_is_never_taken_again(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 1).await;
    scene.outbox.take(10, BRIEF).await.unwrap();
    scene.outbox.failed(sent[0], None).await.unwrap();
    scene.outbox.failed(sent[0], Some(BRIEF)).await.unwrap();
    assert_eq!(scene.outbox.parked().await.unwrap(), 1);
    fixture.advance(BRIEF).await;
    assert_eq!(ids(&scene.outbox.take(10, LONG).await.unwrap()), set(&sent[1..]));
    scene.outbox.delivered(&sent[1..]).await.unwrap();
    assert_eq!(
        scene.outbox.backlog().await.unwrap(),
        Backlog::default(),
        "parked ones are left out"
    );
    assert_eq!(scene.outbox.parked().await.unwrap(), 1);
}

/// A failure that is told late does not bring a delivered message back.
pub async fn a_late_failure_leaves_a_delivered_message(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 1).await;
    scene.outbox.take(10, BRIEF).await.unwrap();
    scene.outbox.delivered(&sent).await.unwrap();
    scene.outbox.failed(sent[0], Some(BRIEF)).await.unwrap();
    scene.outbox.failed(sent[1], None).await.unwrap();
    fixture.advance(BRIEF).await;
    assert_eq!(scene.outbox.take(10, BRIEF).await.unwrap(), []);
    assert_eq!(scene.outbox.parked().await.unwrap(), 0);
}

/// The backlog counts what waits, and how long the oldest has.
pub async fn the_backlog_counts_what_waits(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = sent(fixture, &scene, 0, 1).await;
    fixture.advance(BRIEF).await;
    sent(fixture, &scene, 1, 1).await;
    let backlog = scene.outbox.backlog().await.unwrap();
    assert_eq!(backlog.count, 4);
    assert!(backlog.oldest >= BRIEF + TICK);
    scene.outbox.take(10, TICK).await.unwrap();
    scene.outbox.delivered(&first).await.unwrap();
    fixture.advance(TICK).await;
    let backlog = scene.outbox.backlog().await.unwrap();
    assert_eq!(backlog.count, 2);
    if fixture.is_manual() {
        assert_eq!(backlog.oldest, 2 * TICK, "counted from when it was written");
    }
}

/// Relays at once: every message is taken, none twice.
pub async fn relays_at_once_never_overlap(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let sent = sent(fixture, &scene, 0, 30).await;
    let results = at_once(
        spawn,
        (0..20).map(|_| {
            let outbox = scene.outbox.clone();
            async move { outbox.take(5, LONG).await.unwrap() }
        }),
    )
    .await;
    assert!(results.iter().all(|messages| messages.len() <= 5));
    let mut taken: Vec<TakenMessage> = results.into_iter().flatten().collect();
    // A relay may pass over rows that another is just taking; whoever comes next finds them.
    taken.extend(scene.outbox.take(100, LONG).await.unwrap());
    assert_eq!(ids(&taken), set(&sent));
}

/// Stamps the suite of the outbox; takes a future that makes a [`StoreFixture`](crate::conformance::StoreFixture).
#[macro_export]
macro_rules! outbox_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            outbox,
            $fixture,
            cases: [
                an_empty_outbox_gives_nothing,
                messages_are_taken_oldest_first,
                a_message_is_given_as_it_was_written,
                a_message_is_taken_again_after_its_lease,
                a_delivered_message_is_never_taken_again,
                a_failed_message_is_taken_again_later,
                failures_are_counted,
                a_parked_message_is_never_taken_again,
                a_late_failure_leaves_a_delivered_message,
                the_backlog_counts_what_waits,
            ],
            at_once: [
                relays_at_once_never_overlap,
            ],
        );
    };
}
