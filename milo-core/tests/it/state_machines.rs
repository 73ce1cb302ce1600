//! Both state machines against tables that were written down by hand, pair by pair, from the protocol (R2 to R8 and P1
//! to P7) and not from the code.

use std::collections::BTreeSet;

use milo_core::domain::{
    IllegalPaymentMove, IllegalReservationMove, PaymentMove as P, PaymentStatus, ReservationMove as R,
    ReservationStatus,
};

/// Every step that a reservation may take; any other pair is forbidden.
pub(crate) const RESERVATION: [(ReservationStatus, R, ReservationStatus); 7] = [
    // R2
    (ReservationStatus::PendingPayment, R::Begin, ReservationStatus::Paying),
    // R3
    (ReservationStatus::PendingPayment, R::Expire, ReservationStatus::Expired),
    // R4
    (
        ReservationStatus::PendingPayment,
        R::Withdraw,
        ReservationStatus::Cancelled,
    ),
    // R5
    (ReservationStatus::Paying, R::Confirm, ReservationStatus::Confirmed),
    // R6
    (ReservationStatus::Paying, R::Fail, ReservationStatus::PaymentFailed),
    // R7
    (ReservationStatus::Paying, R::Abandon, ReservationStatus::Cancelled),
    // R8
    (ReservationStatus::Confirmed, R::Revoke, ReservationStatus::Cancelled),
];

/// Every step that a payment may take; any other pair is forbidden.
pub(crate) const PAYMENT: [(PaymentStatus, P, PaymentStatus); 10] = [
    // P1
    (PaymentStatus::Created, P::Authorize, PaymentStatus::Authorizing),
    // With R3 and R4
    (PaymentStatus::Created, P::Drop, PaymentStatus::Dropped),
    // P2
    (PaymentStatus::Authorizing, P::Decline, PaymentStatus::Declined),
    // P3
    (PaymentStatus::Authorizing, P::Capture, PaymentStatus::Capturing),
    // P4
    (PaymentStatus::Authorizing, P::Void, PaymentStatus::Voiding),
    // P5
    (PaymentStatus::Voiding, P::Voided, PaymentStatus::Voided),
    // P6, and its certain refusal
    (PaymentStatus::Capturing, P::Captured, PaymentStatus::Captured),
    (PaymentStatus::Capturing, P::Void, PaymentStatus::Voiding),
    // P7
    (PaymentStatus::Captured, P::Refund, PaymentStatus::Refunding),
    (PaymentStatus::Refunding, P::Refunded, PaymentStatus::Refunded),
];

mod reservation {
    use super::*;

    #[test]
    fn every_pair_of_state_and_step_is_as_the_protocol_says() {
        let mut pairs = 0;
        for from in ReservationStatus::ALL {
            for step in R::ALL {
                let allowed = RESERVATION.iter().find(|row| (row.0, row.1) == (from, step));
                let expected = allowed.map(|row| row.2).ok_or(IllegalReservationMove { from, step });
                assert_eq!(from.after(step), expected, "{from:?} and {step:?}");
                pairs += 1;
            }
        }
        assert_eq!(pairs, 6 * 7);
    }

    #[test]
    fn the_lists_of_states_and_steps_name_each_once() {
        assert_eq!(BTreeSet::from(ReservationStatus::ALL).len(), 6);
        assert!((1..R::ALL.len()).all(|at| !R::ALL[..at].contains(&R::ALL[at])));
    }

    #[test]
    fn a_final_state_allows_nothing() {
        use ReservationStatus::{Cancelled, Expired, PaymentFailed};
        for last in [Expired, Cancelled, PaymentFailed] {
            for step in R::ALL {
                assert!(last.after(step).is_err(), "{last:?} was left by {step:?}");
            }
        }
    }

    #[test]
    fn only_the_payment_machine_leaves_paying() {
        let leaving: Vec<R> = R::ALL
            .into_iter()
            .filter(|step| ReservationStatus::Paying.after(*step).is_ok())
            .collect();
        assert_eq!(leaving, [R::Confirm, R::Fail, R::Abandon]);
    }

    #[test]
    fn seats_are_owned_until_the_reservation_ends() {
        use ReservationStatus::{Confirmed, Paying, PendingPayment};
        let owning: BTreeSet<_> = ReservationStatus::ALL.into_iter().filter(|s| s.owns_seats()).collect();
        assert_eq!(owning, BTreeSet::from([PendingPayment, Paying, Confirmed]));
        let open: BTreeSet<_> = ReservationStatus::ALL.into_iter().filter(|s| s.is_open()).collect();
        assert_eq!(open, BTreeSet::from([PendingPayment, Paying]));
    }

    #[test]
    fn no_step_gives_seats_to_a_reservation_that_has_none() {
        for from in ReservationStatus::ALL {
            for to in R::ALL.into_iter().filter_map(|step| from.after(step).ok()) {
                assert!(from.owns_seats() || !to.owns_seats(), "{from:?} to {to:?}");
            }
        }
    }
}

mod payment {
    use super::*;

    #[test]
    fn every_pair_of_state_and_step_is_as_the_protocol_says() {
        let mut pairs = 0;
        for from in PaymentStatus::ALL {
            for step in P::ALL {
                let allowed = PAYMENT.iter().find(|row| (row.0, row.1) == (from, step));
                let expected = allowed.map(|row| row.2).ok_or(IllegalPaymentMove { from, step });
                assert_eq!(from.after(step), expected, "{from:?} and {step:?}");
                pairs += 1;
            }
        }
        assert_eq!(pairs, 10 * 9);
    }

    #[test]
    fn the_lists_of_states_and_steps_name_each_once() {
        assert_eq!(BTreeSet::from(PaymentStatus::ALL).len(), 10);
        assert!((1..P::ALL.len()).all(|at| !P::ALL[..at].contains(&P::ALL[at])));
    }

    #[test]
    fn a_final_state_allows_nothing() {
        use PaymentStatus::{Declined, Dropped, Refunded, Voided};
        for last in [Voided, Declined, Dropped, Refunded] {
            for step in P::ALL {
                assert!(last.after(step).is_err(), "{last:?} was left by {step:?}");
            }
        }
    }

    #[test]
    fn a_worker_is_needed_until_the_gateway_has_said_its_last_word() {
        use PaymentStatus::{Authorizing, Capturing, Created, Refunding, Voiding};
        let needing: BTreeSet<_> = PaymentStatus::ALL.into_iter().filter(|s| s.needs_work()).collect();
        assert_eq!(
            needing,
            BTreeSet::from([Created, Authorizing, Capturing, Voiding, Refunding])
        );
    }

    #[test]
    fn money_is_taken_only_after_it_was_authorized() {
        for from in PaymentStatus::ALL {
            for step in P::ALL {
                if from.after(step) == Ok(PaymentStatus::Captured) {
                    assert_eq!((from, step), (PaymentStatus::Capturing, P::Captured));
                }
            }
        }
    }
}

mod refusals {
    use super::*;

    #[test]
    fn an_illegal_step_names_the_state_and_the_step() {
        let reservation = ReservationStatus::Expired.after(R::Confirm).unwrap_err();
        assert_eq!(reservation.to_string(), "a reservation that is expired cannot Confirm");
        let payment = PaymentStatus::Dropped.after(P::Captured).unwrap_err();
        assert_eq!(payment.to_string(), "a payment that is dropped cannot Captured");
    }
}
