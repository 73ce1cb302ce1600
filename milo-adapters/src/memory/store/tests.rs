use std::sync::Arc;

use milo_core::conformance::samples::{self, Hall, confirmed, placed, to_cancel, to_expire};
use milo_core::conformance::{LONG, later};
use milo_core::domain::{Actor, KeyedRequest, PaymentStatus, ReservationStatus, Version};
use milo_core::domain::{Fingerprint, IdempotencyKey};
use milo_core::ports::{BookingStore, Clock, Outbox, Placed};

use super::audit::{Audit, EventRecord, SeatRecord};
use super::*;
use crate::memory::ManualClock;

async fn open_hall() -> (ManualClock, Arc<MemoryStore>, Hall) {
    let clock = ManualClock::default();
    let store = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
    let hall = Hall::open(&*store, later(clock.now(), 100 * LONG)).await;
    (clock, store, hall)
}

/// What a store holds that has seen a bit of everything: one booking pending, one confirmed, one refunding, one
/// expired, and one that bought the expired one's seats.
async fn busy() -> Audit {
    let (clock, store, hall) = open_hall().await;
    let (ann, bob) = (samples::id(), samples::id());
    let paid = placed(&*store, &hall.placement(ann, 0..2)).await;
    confirmed(&*store, &paid).await;
    let regretted = placed(&*store, &hall.placement(bob, 2..3)).await;
    let regretted = confirmed(&*store, &regretted).await;
    store.apply(&to_cancel(&regretted)).await.unwrap();
    let forgotten = placed(&*store, &hall.placement(bob, 3..5)).await;
    clock.advance(LONG);
    store.apply(&to_expire(&forgotten)).await.unwrap();
    placed(&*store, &hall.placement(ann, 3..5)).await;
    let mut keyed = hall.placement(bob, 5..6);
    keyed.keyed = Some(KeyedRequest {
        key: IdempotencyKey::parse("once").unwrap(),
        fingerprint: Fingerprint::of([b"one seat".as_slice()]),
    });
    placed(&*store, &keyed).await;
    store.audit()
}

#[tokio::test]
async fn what_the_store_writes_breaks_no_promise() {
    assert_eq!(busy().await.violations(), Vec::<String>::new());
}

/// Fails unless the damage is seen as a violation of `promise`.
async fn assert_seen(promise: &str, damage: impl FnOnce(&mut Audit)) {
    let mut audit = busy().await;
    damage(&mut audit);
    let found = audit.violations();
    assert!(
        found
            .iter()
            .any(|violation| violation.starts_with(&format!("{promise}:"))),
        "{promise} is not among {found:?}"
    );
}

fn active(audit: &Audit) -> usize {
    audit
        .seats
        .iter()
        .position(|claim| claim.released_at.is_none())
        .unwrap()
}

#[tokio::test]
async fn a_seat_with_two_owners_is_seen() {
    assert_seen("I1", |audit| {
        let mut second = audit.seats[active(audit)].clone();
        second.reservation = samples::id();
        audit.seats.push(second);
    })
    .await;
}

#[tokio::test]
async fn a_seat_that_was_resold_before_its_release_is_seen() {
    assert_seen("I1", |audit| {
        let end = later(audit.at, LONG);
        let owned: Vec<_> = audit.owners.iter().map(|(_, seat, _)| *seat).collect();
        let resold = |claim: &&mut SeatRecord| claim.released_at.is_some() && owned.contains(&claim.seat);
        audit.seats.iter_mut().find(resold).unwrap().released_at = Some(end);
    })
    .await;
}

#[tokio::test]
async fn an_index_that_forgot_an_owner_is_seen() {
    assert_seen("I1", |audit| audit.owners.truncate(1)).await;
}

#[tokio::test]
async fn a_released_seat_of_an_active_reservation_is_seen() {
    assert_seen("I2", |audit| {
        let claim = active(audit);
        audit.seats[claim].released_at = Some(audit.at);
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_does_not_fit_its_reservation_is_seen() {
    assert_seen("I2", |audit| {
        let paid = audit
            .bookings
            .iter_mut()
            .find(|record| record.booking.reservation.status == ReservationStatus::Confirmed);
        paid.unwrap().booking.payment.status = PaymentStatus::Voided;
    })
    .await;
}

#[tokio::test]
async fn a_payment_of_two_reservations_is_seen() {
    assert_seen("I4", |audit| {
        audit.bookings[0].booking.payment.id = audit.bookings[1].booking.payment.id;
    })
    .await;
}

#[tokio::test]
async fn a_total_that_is_not_the_sum_is_seen() {
    assert_seen("I5", |audit| audit.seats[0].price = samples::dollars(1)).await;
}

#[tokio::test]
async fn money_that_was_taken_twice_is_seen() {
    assert_seen("I5", |audit| {
        let captured = audit.answers.iter().find(|record| record.answer.outcome == "captured");
        let twice = captured.unwrap().clone();
        audit.answers.push(twice);
    })
    .await;
}

#[tokio::test]
async fn a_gap_in_a_history_is_seen() {
    assert_seen("I6", |audit| {
        let second = audit.events.iter().position(|event| event.seq == Version(2)).unwrap();
        audit.events.remove(second);
    })
    .await;
}

#[tokio::test]
async fn a_step_that_nobody_may_take_is_seen() {
    assert_seen("I6", |audit| {
        let event = audit.events.iter_mut().find(|event| event.seq == Version(2)).unwrap();
        event.to = (ReservationStatus::Confirmed, PaymentStatus::Captured);
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_leaves_paying_is_seen() {
    assert_seen("I7", |audit| {
        let confirm = |event: &&mut EventRecord| event.to.0 == ReservationStatus::Confirmed;
        audit.events.iter_mut().find(confirm).unwrap().actor = Actor::Owner;
    })
    .await;
}

#[tokio::test]
async fn a_payment_that_nobody_will_drive_is_seen() {
    assert_seen("I8", |audit| {
        let open = audit
            .bookings
            .iter_mut()
            .find(|record| record.booking.payment.status.needs_work());
        open.unwrap().booking.payment.next_attempt_at = None;
    })
    .await;
}

#[tokio::test]
async fn a_lost_message_is_seen() {
    for topic in ["payment_due", "seats_taken", "seats_settled", "seats_freed"] {
        assert_seen("I8", |audit| {
            audit.outbox.retain(|record| record.message.kind.topic() != topic);
        })
        .await;
    }
}

#[tokio::test]
async fn a_hold_that_was_reserved_twice_is_seen() {
    assert_seen("I10", |audit| {
        audit.bookings[0].booking.reservation.hold = audit.bookings[1].booking.reservation.hold;
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_user_is_seen() {
    assert_seen("I10", |audit| audit.keys[0].user = samples::id()).await;
}

#[tokio::test]
async fn a_sold_seat_that_left_the_layout_is_seen() {
    assert_seen("I12", |audit| audit.showtimes[0].layout = None).await;
}

#[tokio::test]
async fn a_user_with_too_many_unpaid_seats_is_seen() {
    assert_seen("I12", |audit| {
        for record in &mut audit.bookings {
            record.user_seats_max = 0;
        }
    })
    .await;
}

#[tokio::test]
async fn an_index_that_differs_from_its_rows_is_seen() {
    let (_, store, hall) = open_hall().await;
    placed(&*store, &hall.placement(samples::id(), 0..1)).await;
    assert_eq!(store.invariants(), Vec::<String>::new());
    store.act().0.bookings.due.clear();
    assert_eq!(store.invariants().len(), 1);
}

#[tokio::test]
async fn a_panic_elsewhere_leaves_the_store_usable() {
    let (_, store, hall) = open_hall().await;
    let shared = store.clone();
    let panicked = std::thread::spawn(move || {
        let _state = shared.act();
        panic!("while the state is locked");
    });
    assert!(panicked.join().is_err());
    let again = store.place(&hall.placement(samples::id(), 0..1)).await.unwrap();
    assert!(matches!(again, Placed::New(_)));
}

#[tokio::test]
async fn a_delivered_message_stays_delivered() {
    let (clock, store, hall) = open_hall().await;
    placed(&*store, &hall.placement(samples::id(), 0..1)).await;
    let ids: Vec<_> = store
        .take(10, LONG)
        .await
        .unwrap()
        .iter()
        .map(|taken| taken.message.id)
        .collect();
    store.delivered(&ids).await.unwrap();
    let first = store.audit().outbox;
    clock.advance(LONG);
    store.delivered(&ids).await.unwrap();
    store.failed(ids[0], None).await.unwrap();
    assert_eq!(store.audit().outbox, first);
    assert!(first.iter().all(|record| record.delivered_at.is_some()));
}

#[tokio::test]
async fn catalogue_reads_share_one_layout() {
    use milo_core::ports::Catalog;
    let (_, store, hall) = open_hall().await;
    let first = store.layout(hall.layout.screen).await.unwrap().unwrap();
    let second = store.layout(hall.layout.screen).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
}
