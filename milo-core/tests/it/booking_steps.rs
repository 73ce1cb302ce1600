//! What every step of a booking promises, whatever the booking looked like before.

use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::*;
use proptest::prelude::*;

use crate::arbitrary::{Act, PAIRS, act, actor, booking, booking_in, placed, time};
use crate::state_machines::{PAYMENT, RESERVATION};

type Pair = (ReservationStatus, PaymentStatus);

/// Where a step leads, written down from the protocol: none where it is forbidden.
fn destination(act: &Act, from: Pair, wish: bool) -> Option<Pair> {
    use PaymentStatus as P;
    use ReservationStatus as R;
    let unpaid = if wish { R::Cancelled } else { R::PaymentFailed };
    match (act, from) {
        (Act::Begin, (R::PendingPayment, P::Created)) => Some((R::Paying, P::Authorizing)),
        (Act::Expire, (R::PendingPayment, P::Created)) => Some((R::Expired, P::Dropped)),
        (Act::Cancel(_), (R::PendingPayment, P::Created)) => Some((R::Cancelled, P::Dropped)),
        (Act::Cancel(_), (R::Paying, _)) => Some(from),
        (Act::Cancel(_), (R::Confirmed, P::Captured)) => Some((R::Cancelled, P::Refunding)),
        (Act::Decline(_), (R::Paying, P::Authorizing)) => Some((unpaid, P::Declined)),
        (Act::Capture, (R::Paying, P::Authorizing)) => Some((R::Paying, P::Capturing)),
        (Act::Void { .. }, (R::Paying, P::Authorizing | P::Capturing)) => Some((R::Paying, P::Voiding)),
        (Act::Voided, (R::Paying, P::Voiding)) => Some((unpaid, P::Voided)),
        (Act::Confirm, (R::Paying, P::Capturing)) => Some((R::Confirmed, P::Captured)),
        (Act::Refunded, (R::Cancelled, P::Refunding)) => Some((R::Cancelled, P::Refunded)),
        (Act::Retry { .. }, (R::PendingPayment, P::Created))
        | (Act::Retry { .. }, (R::Paying, P::Authorizing | P::Capturing | P::Voiding))
        | (Act::Retry { .. }, (R::Cancelled, P::Refunding)) => Some(from),
        _ => None,
    }
}

/// What a person is told of a step; none where nothing ends.
fn notice(act: &Act, from: Pair, wish: Option<CancelReason>) -> Option<Notice> {
    let cancelled = |reason| match reason {
        CancelReason::Owner => Notice::Cancelled,
        CancelReason::ShowtimeCancelled => Notice::ShowtimeCancelled,
    };
    match act {
        Act::Expire => Some(Notice::Expired),
        Act::Cancel(_) if from.0 == ReservationStatus::Paying => None,
        Act::Cancel(reason) => Some(cancelled(*reason)),
        Act::Decline(_) | Act::Voided => Some(wish.map_or(Notice::PaymentFailed, cancelled)),
        Act::Confirm => Some(Notice::Confirmed),
        Act::Refunded => Some(Notice::Refunded),
        Act::Begin | Act::Capture | Act::Void { .. } | Act::Retry { .. } => None,
    }
}

fn kinds(next: &Transition) -> Vec<&MessageKind> {
    next.messages.iter().map(|message| &message.kind).collect()
}

fn lease() -> impl Strategy<Value = Option<LeaseEpoch>> {
    prop::option::of(any::<u32>().prop_map(LeaseEpoch))
}

prop_compose! {
    fn tried()(
        booking in booking(),
        act in act(),
        actor in actor(),
        lease in lease(),
    ) -> (Booking, Act, Actor, Option<LeaseEpoch>) {
        (booking, act, actor, lease)
    }
}

/// A step that the booking allows.
fn taken() -> impl Strategy<Value = (Booking, Act, Transition)> {
    act()
        .prop_flat_map(|act| {
            let pairs = PAIRS
                .into_iter()
                .filter(|pair| destination(&act, *pair, false).is_some());
            (booking_in(pairs.collect()), Just(act), actor(), lease())
        })
        .prop_map(|(booking, act, actor, lease)| {
            let next = act.on(&booking, actor, lease).unwrap();
            (booking, act, next)
        })
}

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(1000)
}

mod legality {
    use super::*;

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn a_step_leads_where_the_protocol_says_or_is_illegal((booking, act, actor, lease) in tried()) {
            let from = (booking.reservation.status, booking.payment.status);
            let expected = destination(&act, from, booking.reservation.cancel_requested.is_some());
            let next = act.on(&booking, actor, lease);
            prop_assert_eq!(next.as_ref().ok().map(|next| next.to), expected);
            if let Ok(next) = next {
                prop_assert_eq!(next.from, from);
            }
        }

        #[test]
        fn a_step_is_legal_in_both_machines((_, _, next) in taken()) {
            let reserved = (next.from.0, next.to.0);
            let paid = (next.from.1, next.to.1);
            prop_assert!(reserved.0 == reserved.1 || RESERVATION.iter().any(|row| (row.0, row.2) == reserved));
            prop_assert!(paid.0 == paid.1 || PAYMENT.iter().any(|row| (row.0, row.2) == paid));
        }

        #[test]
        fn a_step_leads_only_to_states_that_can_occur_together((_, _, next) in taken()) {
            prop_assert!(PAIRS.contains(&next.to), "{:?}", next.to);
        }

        #[test]
        fn a_payment_that_waits_for_nothing_cannot_be_retried(booking in booking(), give_up in any::<bool>()) {
            let status = booking.payment.status;
            let retry = Act::Retry { after: Duration::from_secs(1), give_up };
            let answer = retry.on(&booking, Actor::PaymentWorker, None);
            prop_assert_eq!(answer.err(), (!status.needs_work()).then_some(IllegalStep::NothingToRetry(status)));
        }
    }
}

mod records {
    use super::*;

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn a_step_names_the_booking_it_was_decided_on((booking, act, actor, lease) in tried()) {
            if let Ok(next) = act.on(&booking, actor, lease) {
                prop_assert_eq!(next.reservation, booking.reservation.id);
                prop_assert_eq!(next.showtime, booking.reservation.showtime);
                prop_assert_eq!(next.expected, booking.reservation.version);
                prop_assert_eq!((next.actor, next.lease), (actor, lease));
                prop_assert_eq!(next.answer, act.is_answered().then(|| act.answer()));
                prop_assert!(!next.cause.is_empty());
            }
        }

        #[test]
        fn a_step_is_guarded_by_what_only_the_store_can_see((_, act, next) in taken()) {
            let revoked = next.to.1 == PaymentStatus::Refunding && next.from.1 == PaymentStatus::Captured;
            let expected = match act {
                Act::Begin => Guard::NotExpired,
                Act::Expire => Guard::Expired,
                Act::Capture => Guard::ShowtimeOpen,
                Act::Cancel(CancelReason::Owner) if revoked && next.actor == Actor::Owner => Guard::ShowtimeNotStarted,
                _ => Guard::None,
            };
            prop_assert_eq!(next.guard, expected);
        }

        #[test]
        fn applying_a_step_keeps_what_no_step_may_change((booking, _, next) in taken(), now in time()) {
            let after = next.applied_to(booking.clone(), now);
            let expected = Booking {
                reservation: Reservation {
                    status: next.to.0,
                    version: Version(booking.reservation.version.0 + 1),
                    cancel_requested: next.cancel_requested,
                    updated_at: now,
                    ..booking.reservation
                },
                payment: Payment {
                    status: next.to.1,
                    attempts: next.attempts,
                    tries: next.tries,
                    failure: next.failure.clone(),
                    needs_review: next.needs_review,
                    began_at: after.payment.began_at,
                    next_attempt_at: after.payment.next_attempt_at,
                    ..booking.payment
                },
            };
            prop_assert_eq!(after, expected);
        }

        #[test]
        fn the_payment_begins_once((booking, act, next) in taken(), now in time()) {
            let began = if act == Act::Begin { Some(now) } else { booking.payment.began_at };
            prop_assert_eq!(next.applied_to(booking, now).payment.began_at, began);
        }

        #[test]
        fn a_wish_is_never_lost((booking, act, next) in taken(), now in time()) {
            let before = booking.reservation.cancel_requested;
            let wished = match act {
                Act::Cancel(reason) if next.from.0 == ReservationStatus::Paying => Some(reason),
                _ => None,
            };
            prop_assert_eq!(next.cancel_requested, before.or(wished));
            prop_assert_eq!(next.applied_to(booking, now).reservation.cancel_requested, before.or(wished));
        }
    }
}

mod seats_and_messages {
    use super::*;

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn seats_are_released_exactly_when_the_reservation_stops_owning_them((_, _, next) in taken()) {
            let lost = next.from.0.owns_seats() && !next.to.0.owns_seats();
            let expected = if lost { SeatClaims::Release } else { SeatClaims::Keep };
            prop_assert_eq!(next.seats, expected);
        }

        #[test]
        fn the_messages_say_what_happened_and_nothing_else((booking, act, next) in taken()) {
            let Booking { reservation, payment } = &booking;
            let (showtime, user) = (reservation.showtime, reservation.user);
            let mut expected = Vec::new();
            if next.seats == SeatClaims::Release {
                expected.push(MessageKind::SeatsFreed {
                    showtime,
                    reservation: reservation.id,
                    seats: reservation.seats.iter().map(|seat| seat.id).collect(),
                });
            }
            if next.from.0 != ReservationStatus::Confirmed && next.to.0 == ReservationStatus::Confirmed {
                expected.push(MessageKind::SeatsSettled { showtime, reservation: reservation.id });
            }
            if let Some(notice) = notice(&act, next.from, reservation.cancel_requested) {
                expected.push(MessageKind::Notify { user, reservation: reservation.id, notice });
            }
            if next.from.1 == PaymentStatus::Captured && next.to.1 == PaymentStatus::Refunding {
                expected.push(MessageKind::PaymentDue { payment: payment.id, showtime });
            }
            match &act {
                Act::Retry { give_up: true, .. } if !payment.needs_review => {
                    expected.push(MessageKind::PaymentDead {
                        payment: payment.id,
                        showtime,
                        reason: PaymentFailure::gateway_unavailable(),
                    });
                }
                Act::Void { failure, dead_letter: true } => {
                    expected.push(MessageKind::PaymentDead {
                        payment: payment.id,
                        showtime,
                        reason: failure.clone(),
                    });
                }
                _ => {}
            }
            prop_assert_eq!(kinds(&next), expected.iter().collect::<Vec<_>>());
        }

        #[test]
        fn every_message_has_an_id_of_its_own((_, _, next) in taken()) {
            let mut ids: Vec<_> = next.messages.iter().map(|message| message.id).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), next.messages.len());
        }

        #[test]
        fn a_payment_is_given_up_for_dead_once(booking in booking(), now in time(), second in any::<bool>()) {
            let give_up = Act::Retry { after: Duration::from_secs(60), give_up: true };
            let again = Act::Retry { after: Duration::from_secs(60), give_up: second };
            if let Ok(first) = give_up.on(&booking, Actor::PaymentWorker, None) {
                prop_assert_eq!(first.messages.is_empty(), booking.payment.needs_review);
                prop_assert!(first.needs_review);
                let marked = first.applied_to(booking, now);
                let next = again.on(&marked, Actor::PaymentWorker, None).unwrap();
                prop_assert!(next.needs_review && next.messages.is_empty());
            }
        }

        #[test]
        fn a_placement_asks_for_its_payment_and_tells_of_its_seats(booking in placed(), first in any::<u64>()) {
            let placement = placement(&booking);
            let mut ids = u128::from(first);
            let messages = placement.messages_of(|| {
                ids += 1;
                MessageId(uuid::Uuid::from_u128(ids))
            });
            let Booking { reservation, payment } = &booking;
            let seats: Vec<SeatId> = reservation.seats.iter().map(|seat| seat.id).collect();
            prop_assert_eq!(placement.seat_ids(), seats.clone());
            prop_assert_eq!(reservation.seat_ids(), seats.clone());
            let kinds: Vec<_> = messages.iter().map(|message| message.kind.clone()).collect();
            prop_assert_eq!(kinds, vec![
                MessageKind::PaymentDue { payment: payment.id, showtime: reservation.showtime },
                MessageKind::SeatsTaken {
                    showtime: reservation.showtime,
                    reservation: reservation.id,
                    user: reservation.user,
                    hold: reservation.hold,
                    seats,
                },
            ]);
            prop_assert_ne!(messages[0].id, messages[1].id);
        }

        #[test]
        fn a_message_survives_json((_, _, next) in taken()) {
            for message in &next.messages {
                let json = serde_json::to_value(message).unwrap();
                prop_assert_eq!(json["kind"]["topic"].as_str(), Some(message.kind.topic()));
                prop_assert_eq!(&serde_json::from_value::<Message>(json).unwrap(), message);
            }
        }
    }

    fn placement(booking: &Booking) -> Placement {
        let Booking { reservation, payment } = booking.clone();
        Placement {
            reservation: reservation.id,
            payment: payment.id,
            code: reservation.code,
            user: reservation.user,
            showtime: reservation.showtime,
            hold: reservation.hold,
            seats: reservation.seats,
            total: reservation.total,
            price_version: Version::FIRST,
            method: payment.method,
            pay_within: Duration::from_mins(10),
            user_seats_max: 10,
            keyed: None,
            messages: Vec::new(),
        }
    }
}

mod work {
    use super::*;

    proptest! {
        #![proptest_config(cases())]

        #[test]
        fn a_final_payment_is_never_looked_at_again_and_an_open_one_always_is((booking, _, next) in taken(), now in time()) {
            let after = next.applied_to(booking, now);
            prop_assert_eq!(next.next_attempt != NextAttempt::Never, after.needs_work());
            prop_assert_eq!(after.payment.next_attempt_at.is_some(), after.needs_work());
            if after.payment.status.needs_work() {
                prop_assert!(after.needs_work());
            }
        }

        #[test]
        fn a_paid_booking_needs_work_only_while_a_wish_waits(booking in booking(), actor in actor()) {
            if let Ok(next) = Act::Confirm.on(&booking, actor, None) {
                let wished = booking.reservation.cancel_requested.is_some();
                let expected = if wished { NextAttempt::Continue } else { NextAttempt::Never };
                prop_assert_eq!(next.next_attempt, expected);
                prop_assert_eq!(next.applied_to(booking, Timestamp::UNIX_EPOCH).needs_work(), wished);
            }
        }

        #[test]
        fn a_retry_waits_as_told_and_a_refund_begins_at_once((booking, act, next) in taken(), now in time()) {
            let due = next.applied_to(booking.clone(), now).payment.next_attempt_at;
            match act {
                Act::Retry { after, .. } => {
                    prop_assert_eq!(next.next_attempt, NextAttempt::After(after));
                    prop_assert_eq!(due, Some(now.saturating_add(after).unwrap()));
                }
                Act::Cancel(_) if next.from.1 == PaymentStatus::Captured => prop_assert_eq!(due, Some(now)),
                // A step of the worker leaves the time at which another would take over as it is.
                _ if due.is_some() => prop_assert_eq!(due, booking.payment.next_attempt_at.or(Some(now))),
                _ => {}
            }
        }

        #[test]
        fn a_new_operation_starts_its_own_count_of_tries((booking, act, next) in taken()) {
            let tries = match act {
                Act::Retry { .. } => booking.payment.tries.saturating_add(1),
                _ if next.from.1 == next.to.1 => booking.payment.tries,
                _ => 0,
            };
            prop_assert_eq!(next.tries, tries);
        }

        #[test]
        fn an_attempt_is_one_answer_to_an_authorization((booking, act, next) in taken()) {
            let authorizing = next.from.1 == PaymentStatus::Authorizing;
            let asked = authorizing && matches!(act, Act::Decline(_) | Act::Capture | Act::Retry { .. });
            prop_assert_eq!(next.attempts, booking.payment.attempts.saturating_add(u32::from(asked)));
        }

        #[test]
        fn the_mark_for_review_ends_with_the_operation((booking, act, next) in taken()) {
            let given_up = matches!(act, Act::Retry { give_up: true, .. });
            let same = next.from.1 == next.to.1;
            prop_assert_eq!(next.needs_review, same && (booking.payment.needs_review || given_up));
        }

        #[test]
        fn a_failure_is_set_by_a_refusal_and_kept_by_all_else((booking, act, next) in taken()) {
            let expected = match act {
                Act::Decline(failure) | Act::Void { failure, .. } => Some(failure),
                _ => booking.payment.failure,
            };
            prop_assert_eq!(next.failure, expected);
        }

        #[test]
        fn the_longest_wait_stays_within_the_calendar(
            booking in booking_in(vec![(ReservationStatus::Paying, PaymentStatus::Capturing)]),
        ) {
            let endless = Act::Retry { after: Duration::MAX, give_up: false };
            let next = endless.on(&booking, Actor::PaymentWorker, None).unwrap();
            prop_assert_eq!(next.applied_to(booking, Timestamp::UNIX_EPOCH).payment.next_attempt_at, Some(Timestamp::MAX));
        }
    }
}
