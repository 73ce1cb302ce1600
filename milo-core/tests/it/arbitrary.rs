//! Bookings as they can occur, and the steps that anybody may try on them.

use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::*;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Every pair of states that a reservation and its payment can be found in together.
pub(crate) const PAIRS: [(ReservationStatus, PaymentStatus); 13] = [
    (ReservationStatus::PendingPayment, PaymentStatus::Created),
    (ReservationStatus::Paying, PaymentStatus::Authorizing),
    (ReservationStatus::Paying, PaymentStatus::Capturing),
    (ReservationStatus::Paying, PaymentStatus::Voiding),
    (ReservationStatus::Confirmed, PaymentStatus::Captured),
    (ReservationStatus::Expired, PaymentStatus::Dropped),
    (ReservationStatus::Cancelled, PaymentStatus::Dropped),
    (ReservationStatus::Cancelled, PaymentStatus::Declined),
    (ReservationStatus::Cancelled, PaymentStatus::Voided),
    (ReservationStatus::Cancelled, PaymentStatus::Refunding),
    (ReservationStatus::Cancelled, PaymentStatus::Refunded),
    (ReservationStatus::PaymentFailed, PaymentStatus::Declined),
    (ReservationStatus::PaymentFailed, PaymentStatus::Voided),
];

pub(crate) fn id<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> {
    any::<u128>().prop_map(|bits| T::from(Uuid::from_u128(bits)))
}

pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_i64).prop_map(|millis| Timestamp::from_millisecond(millis).unwrap())
}

pub(crate) fn reason() -> impl Strategy<Value = CancelReason> {
    select(&[CancelReason::Owner, CancelReason::ShowtimeCancelled][..])
}

pub(crate) fn actor() -> impl Strategy<Value = Actor> {
    select(
        &[
            Actor::Owner,
            Actor::PaymentWorker,
            Actor::Expiry,
            Actor::ShowtimeCancellation,
        ][..],
    )
}

pub(crate) fn failure() -> impl Strategy<Value = PaymentFailure> {
    select(&["card_declined", "insufficient_funds", "3", "_"][..]).prop_map(|code| PaymentFailure::parse(code).unwrap())
}

prop_compose! {
    fn priced_seat()(
        id in id(),
        row in select(&["A", "BB", "10"][..]),
        number in 1..=100_u16,
        kind in select(&SeatKind::ALL[..]),
        amount in 1..=Prices::AMOUNT_MAX,
    ) -> PricedSeat {
        PricedSeat {
            id,
            row: RowLabel::parse(row).unwrap(),
            number,
            kind,
            price: Money::parse(amount, Currency::USD).unwrap(),
        }
    }
}

prop_compose! {
    fn reservation(status: ReservationStatus)(
        (id, showtime, user, hold) in (id(), id(), id(), id()),
        code in any::<u64>(),
        version in 1..u32::MAX,
        mut seats in prop::collection::vec(priced_seat(), 1..=SeatSelection::SEATS_MAX),
        cancel_requested in prop::option::of(reason()),
        (created_at, updated_at, expires_at) in (time(), time(), time()),
    ) -> Reservation {
        seats.sort_by_key(|seat| seat.id);
        Reservation {
            id,
            code: BookingCode::from_random(code),
            showtime,
            user,
            hold,
            status,
            version: Version(version),
            total: Money::sum(seats.iter().map(|seat| seat.price)).unwrap(),
            seats,
            cancel_requested,
            expires_at,
            created_at,
            updated_at,
        }
    }
}

prop_compose! {
    fn payment(status: PaymentStatus, amount: Money)(
        id in id(),
        kind in select(&PaymentKind::ALL[..]),
        attempts in any::<u32>(),
        tries in any::<u32>(),
        failure in prop::option::of(failure()),
        began_at in time(),
        next_attempt_at in time(),
        needs_review in any::<bool>(),
    ) -> Payment {
        let began = !matches!(status, PaymentStatus::Created | PaymentStatus::Dropped);
        Payment {
            id,
            status,
            amount,
            method: PaymentMethod { kind, token: PaymentToken::parse("tok_visa").unwrap() },
            attempts,
            tries,
            failure,
            began_at: began.then_some(began_at),
            next_attempt_at: status.needs_work().then_some(next_attempt_at),
            needs_review: needs_review && status.needs_work(),
        }
    }
}

/// A booking in any pair of states that can occur together, with or without a wish to cancel.
pub(crate) fn booking() -> impl Strategy<Value = Booking> {
    booking_in(PAIRS.to_vec())
}

/// A booking in one of `pairs`.
pub(crate) fn booking_in(pairs: Vec<(ReservationStatus, PaymentStatus)>) -> impl Strategy<Value = Booking> {
    select(pairs)
        .prop_flat_map(|(reserved, paid)| reservation(reserved).prop_map(move |reservation| (reservation, paid)))
        .prop_flat_map(|(reservation, paid)| {
            let amount = reservation.total;
            (Just(reservation), payment(paid, amount))
        })
        .prop_map(|(reservation, mut payment)| {
            // Paid although somebody wishes to cancel: the refund is due.
            if payment.status == PaymentStatus::Captured && reservation.cancel_requested.is_some() {
                payment.next_attempt_at = payment.began_at;
            }
            Booking { reservation, payment }
        })
}

/// A booking as it is when it has just been placed.
pub(crate) fn placed() -> impl Strategy<Value = Booking> {
    reservation(ReservationStatus::PendingPayment)
        .prop_flat_map(|reservation| {
            let amount = reservation.total;
            (Just(reservation), payment(PaymentStatus::Created, amount))
        })
        .prop_map(|(mut reservation, mut payment)| {
            reservation.version = Version::FIRST;
            reservation.cancel_requested = None;
            reservation.updated_at = reservation.created_at;
            payment.attempts = 0;
            payment.tries = 0;
            payment.failure = None;
            payment.needs_review = false;
            payment.next_attempt_at = Some(reservation.created_at);
            Booking { reservation, payment }
        })
}

/// What anybody may try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Begin,
    Expire,
    Cancel(CancelReason),
    Decline(PaymentFailure),
    Capture,
    Void { failure: PaymentFailure, dead_letter: bool },
    Voided,
    Confirm,
    Refunded,
    Retry { after: Duration, give_up: bool },
}

impl Act {
    /// Tries the step; the ids of its messages count from 1.
    pub(crate) fn on(
        &self,
        booking: &Booking,
        actor: Actor,
        lease: Option<LeaseEpoch>,
    ) -> Result<Transition, IllegalStep> {
        let mut ids = 0;
        let new_id = || {
            ids += 1;
            MessageId(Uuid::from_u128(ids))
        };
        let step = booking.clone().step(actor, lease, new_id);
        let answer = self.answer();
        match (self.clone(), answer) {
            (Self::Begin, _) => step.begin(),
            (Self::Expire, _) => step.expire(),
            (Self::Cancel(reason), _) => step.cancel(reason),
            (Self::Decline(failure), answer) => step.decline(failure, answer),
            (Self::Capture, answer) => step.capture(answer),
            (Self::Void { failure, dead_letter }, answer) => step.void(failure, dead_letter, Some(answer)),
            (Self::Voided, answer) => step.voided(answer),
            (Self::Confirm, answer) => step.confirm(answer),
            (Self::Refunded, answer) => step.refunded(answer),
            (Self::Retry { after, give_up }, answer) => step.retry(after, give_up, answer),
        }
    }

    /// What the gateway said to it.
    pub(crate) fn answer(&self) -> GatewayAnswer {
        let outcome = match self {
            Self::Decline(_) => "declined",
            Self::Capture => "authorized",
            Self::Void { .. } => "refused",
            Self::Voided => "closed",
            Self::Confirm => "captured",
            Self::Refunded => "refunded",
            _ => "unknown",
        };
        GatewayAnswer {
            key: format!("key of {outcome}"),
            outcome,
        }
    }

    /// Whether the step is taken on an answer of the gateway.
    pub(crate) fn is_answered(&self) -> bool {
        !matches!(self, Self::Begin | Self::Expire | Self::Cancel(_))
    }
}

pub(crate) fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Begin),
        Just(Act::Expire),
        reason().prop_map(Act::Cancel),
        failure().prop_map(Act::Decline),
        Just(Act::Capture),
        (failure(), any::<bool>()).prop_map(|(failure, dead_letter)| Act::Void { failure, dead_letter }),
        Just(Act::Voided),
        Just(Act::Confirm),
        Just(Act::Refunded),
        (0..120_000_u64, any::<bool>()).prop_map(|(millis, give_up)| Act::Retry {
            after: Duration::from_millis(millis),
            give_up,
        }),
    ]
}
