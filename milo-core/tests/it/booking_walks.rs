//! Whole lives of bookings: any steps in any order, and what is true after each of them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_core::domain::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::arbitrary::{Act, PAIRS, act, actor, placed};

const FINAL: [PaymentStatus; 4] = [
    PaymentStatus::Voided,
    PaymentStatus::Declined,
    PaymentStatus::Dropped,
    PaymentStatus::Refunded,
];

fn is_settled(booking: &Booking) -> bool {
    let Booking { reservation, payment } = booking;
    let sold = reservation.status == ReservationStatus::Confirmed
        && payment.status == PaymentStatus::Captured
        && reservation.cancel_requested.is_none();
    let over = !reservation.status.owns_seats() && FINAL.contains(&payment.status);
    sold || over
}

/// What must be true of a booking at any time.
fn check(booking: &Booking) -> Result<(), TestCaseError> {
    let Booking { reservation, payment } = booking;
    prop_assert!(PAIRS.contains(&(reservation.status, payment.status)));
    prop_assert_eq!(
        reservation.status == ReservationStatus::Confirmed,
        payment.status == PaymentStatus::Captured,
        "seats are sold if and only if their money is taken"
    );
    if FINAL.contains(&payment.status) {
        prop_assert!(!reservation.status.owns_seats(), "nobody owns seats without a payment");
    }
    prop_assert_eq!(
        payment.began_at.is_none(),
        matches!(payment.status, PaymentStatus::Created | PaymentStatus::Dropped)
    );
    prop_assert_eq!(booking.needs_work(), payment.next_attempt_at.is_some());
    Ok(())
}

/// The step that a diligent worker, helped by the clock, takes next.
fn diligent(booking: &Booking, captures: bool) -> Option<Act> {
    match booking.payment.status {
        PaymentStatus::Created if captures => Some(Act::Begin),
        PaymentStatus::Created => Some(Act::Expire),
        PaymentStatus::Authorizing if captures => Some(Act::Capture),
        PaymentStatus::Authorizing => Some(Act::Void {
            failure: PaymentFailure::gateway_unavailable(),
            dead_letter: false,
        }),
        PaymentStatus::Capturing => Some(Act::Confirm),
        PaymentStatus::Voiding => Some(Act::Voided),
        PaymentStatus::Captured => booking.reservation.cancel_requested.map(Act::Cancel),
        PaymentStatus::Refunding => Some(Act::Refunded),
        PaymentStatus::Voided | PaymentStatus::Declined | PaymentStatus::Dropped | PaymentStatus::Refunded => None,
    }
}

struct Life {
    booking: Booking,
    now: Timestamp,
    /// The steps taken, in order.
    taken: Vec<Transition>,
}

impl Life {
    fn of(booking: Booking) -> Self {
        Self {
            now: booking.reservation.created_at,
            booking,
            taken: Vec::new(),
        }
    }

    /// Tries a step; an illegal one changes nothing.
    fn try_step(&mut self, act: &Act, actor: Actor) -> Result<(), TestCaseError> {
        self.now += SignedDuration::from_secs(1);
        if let Ok(next) = act.on(&self.booking, actor, None) {
            prop_assert!(!is_settled(&self.booking) || self.booking.reservation.status == ReservationStatus::Confirmed);
            self.booking = next.applied_to(self.booking.clone(), self.now);
            self.taken.push(next);
            check(&self.booking)?;
        }
        Ok(())
    }

    fn settle(&mut self, captures: bool) -> Result<(), TestCaseError> {
        // The longest way: begin, capture, confirm, refund, refunded.
        for _ in 0..5 {
            if let Some(act) = diligent(&self.booking, captures) {
                let before = self.taken.len();
                self.try_step(&act, Actor::PaymentWorker)?;
                prop_assert_eq!(self.taken.len(), before + 1, "{:?} was refused", act);
            }
        }
        prop_assert!(is_settled(&self.booking));
        prop_assert!(!self.booking.needs_work());
        Ok(())
    }

    fn messages(&self) -> impl Iterator<Item = &MessageKind> {
        self.taken
            .iter()
            .flat_map(|step| &step.messages)
            .map(|message| &message.kind)
    }
}

fn steps() -> impl Strategy<Value = Vec<(Act, Actor)>> {
    prop::collection::vec((act(), actor()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_life_can_still_settle(booking in placed(), steps in steps(), captures in any::<bool>()) {
        let mut life = Life::of(booking);
        check(&life.booking)?;
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        life.settle(captures)?;
    }

    #[test]
    fn a_life_releases_its_seats_at_most_once_and_only_if_nothing_was_kept(
        booking in placed(), steps in steps(), captures in any::<bool>(),
    ) {
        let mut life = Life::of(booking);
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        life.settle(captures)?;
        let released = life.taken.iter().filter(|step| step.seats == SeatClaims::Release).count();
        let freed = life.messages().filter(|kind| matches!(kind, MessageKind::SeatsFreed { .. })).count();
        let sold = life.booking.reservation.status == ReservationStatus::Confirmed;
        prop_assert_eq!(released, usize::from(!sold));
        prop_assert_eq!(freed, released);
    }

    #[test]
    fn a_person_is_told_once_of_each_end(booking in placed(), steps in steps(), captures in any::<bool>()) {
        let mut life = Life::of(booking);
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        life.settle(captures)?;
        let told: Vec<Notice> = life
            .messages()
            .filter_map(|kind| match kind {
                MessageKind::Notify { notice, .. } => Some(*notice),
                _ => None,
            })
            .collect();
        use Notice::{Cancelled, Confirmed, Expired, PaymentFailed, Refunded, ShowtimeCancelled};
        let fits = match life.booking.payment.status {
            PaymentStatus::Captured => matches!(told[..], [Confirmed]),
            PaymentStatus::Refunded => matches!(told[..], [Confirmed, Cancelled | ShowtimeCancelled, Refunded]),
            PaymentStatus::Dropped => matches!(told[..], [Expired | Cancelled | ShowtimeCancelled]),
            _ => matches!(told[..], [PaymentFailed | Cancelled | ShowtimeCancelled]),
        };
        prop_assert!(fits, "{:?} was told {:?}", life.booking.payment.status, told);
    }

    #[test]
    fn a_wish_ends_in_a_cancelled_reservation(
        booking in placed(), steps in steps(), captures in any::<bool>(), reason in crate::arbitrary::reason(),
    ) {
        let mut life = Life::of(booking);
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        let open = life.booking.reservation.status.owns_seats();
        life.try_step(&Act::Cancel(reason), Actor::Owner)?;
        life.settle(captures)?;
        if open {
            prop_assert_eq!(life.booking.reservation.status, ReservationStatus::Cancelled);
        }
    }

    #[test]
    fn money_is_taken_at_most_once_and_given_back_at_most_once(
        booking in placed(), steps in steps(), captures in any::<bool>(),
    ) {
        let mut life = Life::of(booking);
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        life.settle(captures)?;
        let entered = |state| life.taken.iter().filter(|next| next.from.1 != state && next.to.1 == state).count();
        let taken = entered(PaymentStatus::Captured);
        let returned = entered(PaymentStatus::Refunded);
        prop_assert!(taken <= 1 && returned <= taken);
        prop_assert_eq!(taken - returned, usize::from(life.booking.reservation.status == ReservationStatus::Confirmed));
    }

    #[test]
    fn a_repeated_request_is_told_what_the_first_was(booking in placed(), steps in steps()) {
        let mut life = Life::of(booking.clone());
        for (act, actor) in steps {
            life.try_step(&act, actor)?;
        }
        let told = life.booking.as_placed();
        // When a worker looks next is no part of the answer.
        let next_attempt_at = told.payment.next_attempt_at;
        let first = Booking { payment: Payment { next_attempt_at, ..booking.payment }, ..booking };
        prop_assert_eq!(told, first);
    }
}

#[test]
fn every_pair_of_states_that_can_occur_together_is_reached() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let first = placed().new_tree(&mut runner).unwrap().current();
    let acts = [
        Act::Begin,
        Act::Expire,
        Act::Cancel(CancelReason::Owner),
        Act::Decline(PaymentFailure::cancelled()),
        Act::Capture,
        Act::Void {
            failure: PaymentFailure::showtime_closed(),
            dead_letter: true,
        },
        Act::Voided,
        Act::Confirm,
        Act::Refunded,
        Act::Retry {
            after: Duration::from_secs(1),
            give_up: true,
        },
    ];
    let key = |booking: &Booking| {
        (
            (booking.reservation.status, booking.payment.status),
            booking.reservation.cancel_requested.is_some(),
        )
    };
    let mut seen = vec![key(&first)];
    let mut waiting = vec![first];
    while let Some(booking) = waiting.pop() {
        for act in &acts {
            let Ok(next) = act.on(&booking, Actor::PaymentWorker, None) else {
                continue;
            };
            let after = next.applied_to(booking.clone(), Timestamp::UNIX_EPOCH);
            if !seen.contains(&key(&after)) {
                seen.push(key(&after));
                waiting.push(after);
            }
        }
    }
    for pair in PAIRS {
        assert!(seen.iter().any(|(reached, _)| *reached == pair), "{pair:?}");
    }
    assert!(seen.iter().all(|(reached, _)| PAIRS.contains(reached)));
}
