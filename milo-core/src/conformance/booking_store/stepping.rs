use std::time::Duration;

use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{BRIEF, LONG, StoreFixture, later, samples};
use crate::domain::{
    Actor, Booking, CancelReason, Guard, NextAttempt, PaymentFailure, PaymentStatus, Placement, ReservationStatus,
    Step, Transition, Version,
};
use crate::ports::ApplyError;

/// Applies a step and proves that the store keeps exactly what the core says.
async fn applied(scene: &Scene, before: &Booking, step: &Transition) -> Booking {
    scene.drain().await;
    let after = scene.bookings.apply(step).await.unwrap();
    assert_eq!(
        after,
        step.applied_to(before.clone(), after.reservation.updated_at),
        "{}",
        step.cause
    );
    assert!(after.reservation.updated_at >= before.reservation.updated_at);
    assert_eq!(after.reservation.version, before.reservation.version.next());
    assert_eq!(
        scene.bookings.booking(before.reservation.id).await.unwrap().as_ref(),
        Some(&after)
    );
    let mut messages = scene.drain().await;
    messages.sort_unstable_by_key(|message| message.id);
    let mut expected = step.messages.clone();
    expected.sort_unstable_by_key(|message| message.id);
    assert_eq!(messages, expected, "{}", step.cause);
    let owned = scene.taken().await;
    let owned: Vec<_> = owned
        .iter()
        .filter(|row| row.reservation == before.reservation.id)
        .collect();
    if after.reservation.status.owns_seats() {
        assert_eq!(owned.len(), after.reservation.seats.len(), "it owns all of its seats");
        let open = after.reservation.status.is_open();
        assert!(owned.iter().all(|row| row.pending == open));
    } else {
        assert!(owned.is_empty(), "it owns none of its seats");
    }
    after
}

/// Applies what must be refused, and proves that nothing at all was written.
async fn refused(scene: &Scene, step: &Transition) -> ApplyError {
    let (booking, taken) = (
        scene.bookings.booking(step.reservation).await.unwrap(),
        scene.taken().await,
    );
    scene.drain().await;
    let error = scene.bookings.apply(step).await.expect_err("the step is refused");
    assert_eq!(scene.bookings.booking(step.reservation).await.unwrap(), booking);
    assert_eq!(scene.taken().await, taken);
    assert_eq!(scene.drain().await, [], "no message was written");
    error
}

async fn pending(scene: &Scene) -> Booking {
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..3)).await
}

/// From a hold to a ticket, and back: every step is kept as the core decided it.
pub async fn a_booking_is_paid_and_refunded(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let booking = applied(&scene, &booking, &samples::to_begin(&booking)).await;
    assert!(booking.payment.began_at.is_some());
    let booking = applied(&scene, &booking, &samples::to_capture(&booking)).await;
    let booking = applied(&scene, &booking, &samples::to_confirm(&booking)).await;
    assert_eq!(booking.reservation.status, ReservationStatus::Confirmed);
    let booking = applied(&scene, &booking, &samples::to_cancel(&booking)).await;
    let refunded = samples::answer(&booking, "refund", "refunded");
    let step = samples::decide(&booking, Actor::PaymentWorker, None, |step| step.refunded(refunded));
    let booking = applied(&scene, &booking, &step).await;
    assert_eq!(booking.payment.status, PaymentStatus::Refunded);
}

/// A certain refusal ends the booking and says why.
pub async fn a_declined_booking_gives_its_seats_back(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let booking = applied(&scene, &booking, &samples::to_begin(&booking)).await;
    let booking = applied(&scene, &booking, &samples::to_decline(&booking)).await;
    assert_eq!(booking.reservation.status, ReservationStatus::PaymentFailed);
    assert_eq!(
        booking.payment.failure,
        Some(PaymentFailure::parse("card_declined").unwrap())
    );
}

/// Retries, the mark for review, giving up, and the seats that stay until the gateway has closed the payment.
pub async fn a_payment_that_is_given_up_keeps_its_seats_until_it_is_closed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let booking = applied(&scene, &booking, &samples::to_begin(&booking)).await;
    let unknown = samples::answer(&booking, "auth", "unknown");
    let step = samples::decide(&booking, Actor::PaymentWorker, None, |step| {
        step.retry(BRIEF, true, unknown)
    });
    let booking = applied(&scene, &booking, &step).await;
    assert!(booking.payment.needs_review);
    assert_eq!(
        booking.payment.next_attempt_at,
        Some(later(booking.reservation.updated_at, BRIEF))
    );
    let cancel = samples::decide(&booking, Actor::ShowtimeCancellation, None, |step| {
        step.cancel(CancelReason::ShowtimeCancelled)
    });
    let booking = applied(&scene, &booking, &cancel).await;
    assert_eq!(
        booking.reservation.cancel_requested,
        Some(CancelReason::ShowtimeCancelled)
    );
    let failure = PaymentFailure::cancelled();
    let step = samples::decide(&booking, Actor::PaymentWorker, None, |step| {
        step.void(failure, true, None)
    });
    let booking = applied(&scene, &booking, &step).await;
    assert_eq!(booking.payment.status, PaymentStatus::Voiding);
    let closed = samples::answer(&booking, "close", "closed");
    let step = samples::decide(&booking, Actor::PaymentWorker, None, |step| step.voided(closed));
    let booking = applied(&scene, &booking, &step).await;
    assert_eq!(booking.reservation.status, ReservationStatus::Cancelled);
}

/// Others buy what was released, and the history of the first owner stays.
pub async fn released_seats_are_sold_again_and_history_stays(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = pending(&scene).await;
    let ended = samples::withdrawn(&*scene.bookings, &first).await;
    let second = samples::placed(&*scene.bookings, &scene.hall.placement(scene.bob, 0..3)).await;
    let kept = scene.bookings.booking(first.reservation.id).await.unwrap().unwrap();
    assert_eq!(kept, ended);
    assert_eq!(
        kept.reservation.seats, first.reservation.seats,
        "history names the seats"
    );
    assert_eq!(kept.reservation.status, ReservationStatus::Cancelled);
    assert!(
        scene
            .taken()
            .await
            .iter()
            .all(|row| row.reservation == second.reservation.id)
    );
}

/// A step that was decided on an older version is refused.
pub async fn a_stale_step_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let (begin, cancel) = (samples::to_begin(&booking), samples::to_cancel(&booking));
    applied(&scene, &booking, &begin).await;
    assert_is!(refused(&scene, &begin).await, ApplyError::Stale);
    assert_is!(refused(&scene, &cancel).await, ApplyError::Stale);
    let early = Transition {
        expected: Version(99),
        ..begin
    };
    assert_is!(refused(&scene, &early).await, ApplyError::Stale);
}

/// A stale step is stale, whatever its guard says.
pub async fn staleness_is_told_before_the_guard(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let expire = samples::to_expire(&booking);
    assert_is!(refused(&scene, &expire).await, ApplyError::GuardFailed);
    applied(&scene, &booking, &samples::to_begin(&booking)).await;
    assert_is!(refused(&scene, &expire).await, ApplyError::Stale);
}

/// A payment begins before the time to pay is over; expiry comes after; never both.
pub async fn the_time_to_pay_divides_begin_from_expire(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = |seats| Placement {
        pay_within: BRIEF,
        ..scene.hall.placement(scene.ann, seats)
    };
    let booking = samples::placed(&*scene.bookings, &placement(0..2)).await;
    let (begin, expire) = (samples::to_begin(&booking), samples::to_expire(&booking));
    assert_is!(refused(&scene, &expire).await, ApplyError::GuardFailed);
    if fixture.is_manual() {
        fixture.advance(BRIEF - Duration::from_micros(1)).await;
        assert_is!(refused(&scene, &expire).await, ApplyError::GuardFailed);
        let last_moment = samples::placed(&*scene.bookings, &placement(2..4)).await;
        applied(&scene, &last_moment, &samples::to_begin(&last_moment)).await;
        fixture.advance(Duration::from_micros(1)).await;
    } else {
        fixture.advance(BRIEF).await;
    }
    assert_is!(refused(&scene, &begin).await, ApplyError::GuardFailed);
    let expired = applied(&scene, &booking, &expire).await;
    assert_eq!(expired.reservation.status, ReservationStatus::Expired);
}

fn guarded(booking: &Booking, guard: Guard) -> Transition {
    Transition {
        guard,
        ..samples::decide(booking, Actor::PaymentWorker, None, Step::begin)
    }
}

/// Both guards on the showtime hold while it is open.
pub async fn the_showtime_guards_hold_while_it_is_open(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    for (guard, seats) in [
        (Guard::ShowtimeOpen, 0..2),
        (Guard::ShowtimeNotStarted, 2..4),
        (Guard::None, 4..6),
    ] {
        let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, seats)).await;
        applied(&scene, &booking, &guarded(&booking, guard)).await;
    }
}

/// A cancelled showtime is not open, but it has not started.
pub async fn a_cancelled_showtime_is_not_open_but_not_started(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    scene.hall.cancel(&*scene.catalog).await;
    assert_is!(
        refused(&scene, &guarded(&booking, Guard::ShowtimeOpen)).await,
        ApplyError::GuardFailed
    );
    applied(&scene, &booking, &guarded(&booking, Guard::ShowtimeNotStarted)).await;
}

/// A started showtime is neither open nor to come.
pub async fn a_started_showtime_fails_both_guards(fixture: &impl StoreFixture) {
    let scene = Scene::starting(fixture, later(fixture.now().await, BRIEF)).await;
    let booking = pending(&scene).await;
    fixture.advance(BRIEF).await;
    for guard in [Guard::ShowtimeOpen, Guard::ShowtimeNotStarted] {
        assert_is!(
            refused(&scene, &guarded(&booking, guard)).await,
            ApplyError::GuardFailed
        );
    }
    applied(&scene, &booking, &guarded(&booking, Guard::NotExpired)).await;
}

/// The money is not taken for a showtime that was cancelled meanwhile.
pub async fn a_capture_after_the_showtime_was_cancelled_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = pending(&scene).await;
    let booking = samples::begun(&*scene.bookings, &booking).await;
    scene.hall.cancel(&*scene.catalog).await;
    assert_is!(
        refused(&scene, &samples::to_capture(&booking)).await,
        ApplyError::GuardFailed
    );
}

/// An owner cannot give a ticket back once the film has started.
pub async fn a_ticket_of_a_started_showtime_cannot_be_given_back(fixture: &impl StoreFixture) {
    let scene = Scene::starting(fixture, later(fixture.now().await, BRIEF)).await;
    let booking = samples::confirmed(&*scene.bookings, &pending(&scene).await).await;
    fixture.advance(BRIEF).await;
    assert_is!(
        refused(&scene, &samples::to_cancel(&booking)).await,
        ApplyError::GuardFailed
    );
}

/// A step that waits is due after exactly that long, and one that ends has nothing to do.
pub async fn a_step_says_when_the_payment_is_due_next(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = samples::begun(&*scene.bookings, &pending(&scene).await).await;
    let id = booking.payment.id;
    let wait = Transition {
        next_attempt: NextAttempt::After(BRIEF),
        ..samples::decide(&booking, Actor::PaymentWorker, None, |step| {
            step.cancel(CancelReason::Owner)
        })
    };
    let booking = applied(&scene, &booking, &wait).await;
    assert_eq!(
        scene.bookings.claim_payment(id, LONG).await.unwrap(),
        None,
        "not due yet"
    );
    fixture.advance(BRIEF).await;
    let claim = scene.bookings.claim_payment(id, LONG).await.unwrap().expect("due now");
    assert_eq!(claim.booking, booking);
    let never = Transition {
        next_attempt: NextAttempt::Never,
        ..samples::to_decline(&booking)
    };
    let ended = applied(&scene, &booking, &never).await;
    assert_eq!(ended.payment.next_attempt_at, None);
    fixture.advance(BRIEF).await;
    assert_eq!(scene.bookings.claim_payment(id, LONG).await.unwrap(), None);
}
