use crate::domain::{
    Actor, Booking, CancelReason, GatewayAnswer, IllegalStep, LeaseEpoch, MessageId, PaymentFailure, Placement, Step,
    Transition,
};
use crate::ports::{BookingStore, Placed};

use super::id;

/// What a gateway answered about an operation (`auth`, `capture`, `close` or `refund`) of the booking's payment.
pub fn answer(booking: &Booking, operation: &str, outcome: &'static str) -> GatewayAnswer {
    GatewayAnswer {
        key: format!("milo:{}:{operation}", booking.payment.id),
        outcome,
    }
}

/// Makes a reservation that must be new.
pub async fn placed(bookings: &dyn BookingStore, placement: &Placement) -> Booking {
    match bookings.place(placement).await.unwrap() {
        Placed::New(booking) => booking,
        known => panic!("expected a new reservation, got {known:?}"),
    }
}

/// Decides a step of `actor`, which must be legal.
pub fn decide(
    booking: &Booking,
    actor: Actor,
    lease: Option<LeaseEpoch>,
    step: impl FnOnce(Step<fn() -> MessageId>) -> Result<Transition, IllegalStep>,
) -> Transition {
    step(booking.clone().step(actor, lease, id as fn() -> MessageId)).unwrap()
}

/// The step that begins the payment, without a lease.
pub fn to_begin(booking: &Booking) -> Transition {
    decide(booking, Actor::PaymentWorker, None, Step::begin)
}

/// The step that expires a pending booking.
pub fn to_expire(booking: &Booking) -> Transition {
    decide(booking, Actor::Expiry, None, Step::expire)
}

/// The step of an owner who cancels.
pub fn to_cancel(booking: &Booking) -> Transition {
    decide(booking, Actor::Owner, None, |step| step.cancel(CancelReason::Owner))
}

/// The step past the point of no return: the gateway has authorized.
pub fn to_capture(booking: &Booking) -> Transition {
    let authorized = answer(booking, "auth", "authorized");
    decide(booking, Actor::PaymentWorker, None, |step| step.capture(authorized))
}

/// The step that confirms: the gateway has captured.
pub fn to_confirm(booking: &Booking) -> Transition {
    let captured = answer(booking, "capture", "captured");
    decide(booking, Actor::PaymentWorker, None, |step| step.confirm(captured))
}

/// The step of a declined payment.
pub fn to_decline(booking: &Booking) -> Transition {
    let declined = answer(booking, "auth", "declined");
    let failure = PaymentFailure::parse("card_declined").unwrap();
    decide(booking, Actor::PaymentWorker, None, |step| {
        step.decline(failure, declined)
    })
}

/// Begins the payment of a pending booking.
pub async fn begun(bookings: &dyn BookingStore, booking: &Booking) -> Booking {
    bookings.apply(&to_begin(booking)).await.unwrap()
}

/// Drives a pending booking until its payment captures.
pub async fn capturing(bookings: &dyn BookingStore, booking: &Booking) -> Booking {
    let booking = begun(bookings, booking).await;
    bookings.apply(&to_capture(&booking)).await.unwrap()
}

/// Drives a pending booking until it is confirmed.
pub async fn confirmed(bookings: &dyn BookingStore, booking: &Booking) -> Booking {
    let booking = capturing(bookings, booking).await;
    bookings.apply(&to_confirm(&booking)).await.unwrap()
}

/// Cancels a booking as its owner.
pub async fn withdrawn(bookings: &dyn BookingStore, booking: &Booking) -> Booking {
    bookings.apply(&to_cancel(booking)).await.unwrap()
}
