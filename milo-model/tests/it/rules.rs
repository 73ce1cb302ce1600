//! The model moves by the core's own state machines.

use milo_core::domain::{CancelReason, PaymentMove, PaymentStatus, ReservationMove, ReservationStatus};
use milo_model::rules::{Case, Do, TRIES_MAX, abstracted, effect, transition};

fn reservation_allows(from: ReservationStatus, to: ReservationStatus) -> bool {
    from == to || ReservationMove::ALL.into_iter().any(|step| from.after(step) == Ok(to))
}

fn payment_allows(from: PaymentStatus, to: PaymentStatus) -> bool {
    from == to || PaymentMove::ALL.into_iter().any(|step| from.after(step) == Ok(to))
}

fn pairs() -> impl Iterator<Item = (Case, Do)> {
    Case::all().flat_map(|case| Do::ALL.map(|step| (case, step)))
}

#[test]
fn every_step_of_the_model_is_one_that_both_state_machines_accept() {
    let mut steps = 0;
    for (case, step) in pairs() {
        if let Some(effect) = effect(case, step) {
            steps += 1;
            assert!(
                reservation_allows(case.reservation, effect.to.reservation),
                "{case:?} {step:?}"
            );
            assert!(payment_allows(case.payment, effect.to.payment), "{case:?} {step:?}");
        }
    }
    assert!(steps > 1_000, "{steps}");
}

#[test]
fn the_model_takes_exactly_the_steps_that_the_core_allows() {
    for (case, step) in pairs() {
        let asked = transition(case, step).ok().map(|transition| abstracted(&transition));
        assert_eq!(effect(case, step), asked, "{case:?} {step:?}");
    }
}

#[test]
fn every_move_of_both_machines_is_taken_by_some_step() {
    let effects: Vec<_> = pairs()
        .filter_map(|(case, step)| Some((case, effect(case, step)?.to)))
        .collect();
    for from in ReservationStatus::ALL {
        for to in ReservationMove::ALL
            .into_iter()
            .filter_map(|step| from.after(step).ok())
        {
            let taken = effects
                .iter()
                .any(|(before, after)| (before.reservation, after.reservation) == (from, to));
            assert!(taken, "{from:?} to {to:?}");
        }
    }
    for from in PaymentStatus::ALL {
        for to in PaymentMove::ALL.into_iter().filter_map(|step| from.after(step).ok()) {
            let taken = effects
                .iter()
                .any(|(before, after)| (before.payment, after.payment) == (from, to));
            assert!(taken, "{from:?} to {to:?}");
        }
    }
}

#[test]
fn a_case_is_found_again_in_the_table() {
    for case in Case::all() {
        assert_eq!(Case::at(case.index()), case);
        assert!(case.tries <= TRIES_MAX);
    }
    let wished = Case {
        wish: Some(CancelReason::Owner),
        ..Case::PLACED
    };
    assert_ne!(wished.index(), Case::PLACED.index());
}
