use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{BRIEF, LONG, StoreFixture, TICK, samples};
use crate::domain::{Actor, Booking, Claim, LeaseEpoch, PaymentId, Step, Transition};
use crate::ports::ApplyError;

async fn pending(scene: &Scene, seats: std::ops::Range<usize>) -> Booking {
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, seats)).await
}

fn begin_under(claim: &Claim) -> Transition {
    samples::decide(&claim.booking, Actor::PaymentWorker, Some(claim.epoch), Step::begin)
}

/// A due payment is claimed by one worker at a time, with the booking and the store's clock.
pub async fn a_due_payment_is_claimed_once(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let before = fixture.now().await;
    let claim = scene
        .bookings
        .claim_payment(booking.payment.id, LONG)
        .await
        .unwrap()
        .expect("due at once");
    assert_eq!(claim.booking.reservation, booking.reservation);
    assert_eq!(claim.booking.payment.id, booking.payment.id);
    assert!((before..=fixture.now().await).contains(&claim.now), "the store's clock");
    assert_eq!(
        scene.bookings.claim_payment(booking.payment.id, LONG).await.unwrap(),
        None
    );
    assert_eq!(scene.bookings.claim_due_payments(10, LONG).await.unwrap(), []);
}

/// What nobody knows cannot be claimed.
pub async fn an_unknown_payment_cannot_be_claimed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let payment: PaymentId = samples::id();
    assert_eq!(scene.bookings.claim_payment(payment, LONG).await.unwrap(), None);
    assert_eq!(scene.bookings.claimed(payment, LeaseEpoch(1)).await.unwrap(), None);
}

/// A payment without work is left alone.
pub async fn a_payment_without_work_is_not_claimed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let paid = samples::confirmed(&*scene.bookings, &pending(&scene, 0..2).await).await;
    let dropped = samples::withdrawn(&*scene.bookings, &pending(&scene, 2..4).await).await;
    fixture.advance(BRIEF).await;
    for booking in [paid, dropped] {
        assert_eq!(
            scene.bookings.claim_payment(booking.payment.id, LONG).await.unwrap(),
            None
        );
    }
    assert_eq!(scene.bookings.claim_due_payments(10, LONG).await.unwrap(), []);
}

/// A cancelled ticket's refund is work again.
pub async fn a_refund_is_claimed_like_a_payment(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let paid = samples::confirmed(&*scene.bookings, &pending(&scene, 0..2).await).await;
    let cancelled = samples::withdrawn(&*scene.bookings, &paid).await;
    let claim = scene
        .bookings
        .claim_payment(paid.payment.id, LONG)
        .await
        .unwrap()
        .expect("due at once");
    assert_eq!(claim.booking, cancelled);
}

/// A ticket that was paid for after its owner wished to cancel is work: the money must go back.
pub async fn a_paid_booking_with_a_wish_to_cancel_is_claimed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let capturing = samples::capturing(&*scene.bookings, &pending(&scene, 0..2).await).await;
    let wished = samples::withdrawn(&*scene.bookings, &capturing).await;
    let paid = scene.bookings.apply(&samples::to_confirm(&wished)).await.unwrap();
    assert!(paid.needs_work());
    assert_eq!(scene.bookings.payment_backlog().await.unwrap().count, 1);
    let claim = scene.bookings.claim_payment(paid.payment.id, LONG).await.unwrap();
    assert_eq!(claim.expect("it is due").booking, paid);
}

/// When a lease ends, another worker takes over, and the first one's writes fail.
pub async fn an_ended_lease_is_taken_over(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let id = booking.payment.id;
    let first = scene.bookings.claim_payment(id, BRIEF).await.unwrap().unwrap();
    fixture.advance(BRIEF).await;
    let second = scene
        .bookings
        .claim_payment(id, LONG)
        .await
        .unwrap()
        .expect("the lease has ended");
    assert!(second.epoch > first.epoch);
    assert_eq!(scene.bookings.claimed(id, first.epoch).await.unwrap(), None);
    let still = scene
        .bookings
        .claimed(id, second.epoch)
        .await
        .unwrap()
        .expect("the lease is in force");
    assert_eq!((still.booking, still.epoch), (second.booking.clone(), second.epoch));

    scene.drain().await;
    assert_is!(scene.bookings.apply(&begin_under(&first)).await, Err(ApplyError::Stale));
    assert_eq!(scene.drain().await, []);
    assert_eq!(
        scene.bookings.booking(booking.reservation.id).await.unwrap(),
        Some(second.booking.clone())
    );
    scene.bookings.apply(&begin_under(&second)).await.unwrap();
}

/// A step that goes on keeps the lease: nobody else may claim, and the same epoch writes the next step.
pub async fn a_step_that_continues_keeps_the_lease(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let id = booking.payment.id;
    let claim = scene.bookings.claim_payment(id, BRIEF).await.unwrap().unwrap();
    let begun = scene.bookings.apply(&begin_under(&claim)).await.unwrap();
    assert_eq!(scene.bookings.claim_payment(id, LONG).await.unwrap(), None);
    let held = scene
        .bookings
        .claimed(id, claim.epoch)
        .await
        .unwrap()
        .expect("the lease goes on");
    assert_eq!(held.booking, begun, "as it stands now");
    let capture = Transition {
        lease: Some(claim.epoch),
        ..samples::to_capture(&begun)
    };
    let capturing = scene.bookings.apply(&capture).await.unwrap();

    // And when its worker dies, the lease ends by itself.
    fixture.advance(BRIEF).await;
    let next = scene
        .bookings
        .claim_payment(id, LONG)
        .await
        .unwrap()
        .expect("another worker takes over");
    assert_eq!(next.booking, capturing);
}

/// A step of somebody else that continues does not take the lease away from its worker.
pub async fn a_wish_to_cancel_leaves_the_lease(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let id = booking.payment.id;
    let claim = scene.bookings.claim_payment(id, LONG).await.unwrap().unwrap();
    let begun = scene.bookings.apply(&begin_under(&claim)).await.unwrap();
    let wished = samples::withdrawn(&*scene.bookings, &begun).await;
    assert!(wished.reservation.cancel_requested.is_some());
    assert_eq!(scene.bookings.claim_payment(id, LONG).await.unwrap(), None);
    let stale = Transition {
        lease: Some(claim.epoch),
        ..samples::to_capture(&begun)
    };
    assert_is!(scene.bookings.apply(&stale).await, Err(ApplyError::Stale));
    let seen = scene
        .bookings
        .claimed(id, claim.epoch)
        .await
        .unwrap()
        .expect("the lease goes on");
    assert_eq!(seen.booking, wished);
}

/// A step that waits ends the lease: whoever comes when it is due may claim.
pub async fn a_step_that_waits_ends_the_lease(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let id = booking.payment.id;
    let claim = scene.bookings.claim_payment(id, 10 * LONG).await.unwrap().unwrap();
    let begun = scene.bookings.apply(&begin_under(&claim)).await.unwrap();
    let unknown = samples::answer(&begun, "auth", "unknown");
    let retry = samples::decide(&begun, Actor::PaymentWorker, Some(claim.epoch), |step| {
        step.retry(BRIEF, false, unknown)
    });
    scene.bookings.apply(&retry).await.unwrap();
    assert_eq!(
        scene.bookings.claim_payment(id, LONG).await.unwrap(),
        None,
        "not due yet"
    );
    fixture.advance(BRIEF).await;
    let next = scene
        .bookings
        .claim_payment(id, LONG)
        .await
        .unwrap()
        .expect("due, and nobody holds its lease");
    assert!(next.epoch > claim.epoch);
    assert_eq!(scene.bookings.claimed(id, claim.epoch).await.unwrap(), None);
}

/// The longest overdue come first, at most as many as asked.
pub async fn due_payments_are_claimed_longest_overdue_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let mut placed = Vec::new();
    for seats in [0..2, 2..4, 4..6, 6..8] {
        placed.push(pending(&scene, seats).await.payment.id);
        fixture.advance(TICK).await;
    }
    let claimed = |claims: Vec<Claim>| claims.iter().map(|claim| claim.booking.payment.id).collect::<Vec<_>>();
    assert_eq!(
        claimed(scene.bookings.claim_due_payments(3, BRIEF).await.unwrap()),
        placed[..3]
    );
    assert_eq!(
        claimed(scene.bookings.claim_due_payments(3, LONG).await.unwrap()),
        placed[3..]
    );
    assert_eq!(scene.bookings.claim_due_payments(3, LONG).await.unwrap(), []);
    fixture.advance(BRIEF).await;
    assert_eq!(
        claimed(scene.bookings.claim_due_payments(10, LONG).await.unwrap()),
        placed[..3]
    );
}

/// A claim of the batch can write, like any other.
pub async fn a_claim_of_a_batch_names_its_lease(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene, 0..2).await;
    let [claim] = <[Claim; 1]>::try_from(scene.bookings.claim_due_payments(5, LONG).await.unwrap()).unwrap();
    assert_eq!(
        scene
            .bookings
            .claimed(booking.payment.id, claim.epoch)
            .await
            .unwrap()
            .map(|c| c.epoch),
        Some(claim.epoch)
    );
    scene.bookings.apply(&begin_under(&claim)).await.unwrap();
}
