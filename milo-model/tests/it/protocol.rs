//! The protocol keeps its promises in every state that it can reach.

use milo_model::{Outcome, Run, Size};

fn holds(size: Size) -> Outcome {
    let outcome = Run::new(size).run(|_, _| {});
    assert!(outcome.broken.is_empty(), "{:#?}", outcome.broken);
    assert!(outcome.exhausted, "not every state was visited");
    outcome
}

#[test]
fn one_reservation_keeps_every_promise_whatever_happens_to_it() {
    let outcome = holds(Size {
        queue: false,
        ..Size::one()
    });
    assert!(outcome.states >= 600_000, "{}", outcome.states);
    assert_eq!(
        outcome.unseen,
        Vec::<&str>::new(),
        "a check that never got there has proven nothing of it"
    );
}

#[test]
fn processes_that_go_on_with_what_they_decided_long_ago_do_no_harm() {
    let outcome = holds(Size {
        closes: false,
        ..Size::stale()
    });
    assert!(outcome.states >= 1_000_000, "{}", outcome.states);
}

#[test]
fn a_cancelled_showtime_is_cancelled_for_those_who_are_late_too() {
    let size = Size {
        silence: false,
        desks: 1,
        ..Size::stale()
    };
    let outcome = holds(size);
    assert!(outcome.states >= 50_000, "{}", outcome.states);
}

#[test]
fn two_buyers_of_overlapping_seats_never_share_one_whatever_the_lock_store_loses() {
    let outcome = holds(Size::contention());
    assert!(outcome.states >= 400_000, "{}", outcome.states);
}

#[test]
fn with_the_queue_gone_the_reconciler_alone_settles_everything() {
    let outcome = holds(Size {
        queue: true,
        closes: false,
        wipes: false,
        silence: false,
        ..Size::one()
    });
    assert!(outcome.acts["queue message lost"] > 0);
}

/// A gap that is known: a test fails here once it is closed, and then the model becomes strict.
#[test]
fn a_message_that_overtakes_the_loss_of_the_lock_store_can_keep_a_seat_from_being_held() {
    let outcome = Run::new(Size {
        strict: true,
        seats: 1,
        ..Size::contention()
    })
    .run(|_, _| {});
    let promise = outcome
        .broken
        .first()
        .map(|finding| finding.promise)
        .unwrap_or_default();
    assert!(promise.contains("L4"), "{:#?}", outcome.broken);
}
