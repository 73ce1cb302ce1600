//! Every planted bug is found, by the promise that it breaks.

use milo_model::{Flaw, Run, Size};

/// Enough steps to find any of them.
const STEPS_MAX: usize = 30_000_000;

fn finds(flaw: Flaw, size: Size, promise: &str) {
    let mut run = Run::new(size).with(flaw);
    run.states_max = Some(STEPS_MAX);
    run.until = Some(promise.to_owned());
    let outcome = run.run(|_, _| {});
    let broken: Vec<_> = outcome.broken.iter().map(|finding| finding.promise).collect();
    assert!(
        broken.iter().any(|name| name.starts_with(promise)),
        "{flaw:?} broke {broken:?} in {} states",
        outcome.states
    );
}

macro_rules! found {
    ($($(#[$doc:meta])* $test:ident: $flaw:ident in $size:expr => $promise:literal;)+) => {
        $($(#[$doc])*
        #[test]
        fn $test() {
            finds(Flaw::$flaw, $size, $promise);
        })+

        #[test]
        fn every_harmful_bug_has_a_test() {
            use clap::ValueEnum;
            let tested = [$(Flaw::$flaw),+];
            let untested: Vec<_> =
                Flaw::value_variants().iter().filter(|flaw| flaw.is_harmful() && !tested.contains(flaw)).collect();
            assert!(untested.is_empty(), "{untested:?}");
        }
    };
}

found! {
    without_the_unique_index_a_seat_is_sold_twice: NoUniqueIndex in Size::contention() => "I1 ";
    a_hold_that_counts_as_proof_sells_a_seat_twice: HoldIsTheProof in Size::contention() => "I1 ";
    a_part_of_the_seats_is_no_reservation: PartOfTheSeats in Size::contention() => "I2 ";
    expiring_what_is_being_paid_is_found: ExpiresPaying in Size::one() => "I7 ";
    an_expired_reservation_that_keeps_its_seats_is_found: ExpiryKeepsSeats in Size::one() => "I2 ";
    a_time_out_that_counts_as_a_decline_takes_money_for_nothing: TimeoutIsDecline in Size::one() => "I13 ";
    a_time_out_that_counts_as_a_refusal_never_settles: TimeoutIsRefusal in Size::one() => "L1 ";
    a_close_that_does_not_close_takes_money_for_nothing: CloseDoesNotClose in Size::one() => "I13 ";
    a_key_per_attempt_reserves_the_money_twice: KeyPerAttempt in Size::one() => "I14 ";
    a_refund_per_attempt_gives_money_back_twice: RefundsTwice in Size::one() => "I5 ";
    a_write_without_compare_and_set_is_found: NoCompareAndSet in Size::stale() => "";
    what_has_ended_and_comes_back_is_found: ResurrectsFinal in Size::stale() => "what has ended";
    seats_that_are_free_before_the_payment_is_closed_are_found: FreesBeforeClosed in Size::one() => "I2 ";
    seats_that_are_free_on_a_wish_are_found: WishFreesSeats in Size::one() => "I2 ";
    a_wish_that_is_forgotten_is_found: ForgetsWish in Size::one() => "I8 ";
    taking_money_for_a_closed_showtime_is_found: CapturesForClosedShowtime in Size::one() => "I11 ";
    reserving_in_a_closed_showtime_is_found: PlacesInClosedShowtime in Size::one() => "I11 ";
    a_cancellation_that_forgets_who_is_paying_is_found: CancellationForgetsPaying in Size::one() => "L1 ";
    work_that_exists_only_as_a_message_is_lost: OnlyMessages in Size::one() => "L1 ";
    seats_that_are_told_free_only_once_are_lost: NoOutbox in Size::one() => "L1 ";
    a_lock_store_that_forgets_who_was_freed_loses_seats: LateTakeWins in Size { wipes: false, ..Size::one() } => "L1 ";
}

/// Not a bug: the version alone decides, and the lease only saves work. No test may claim otherwise.
#[test]
fn without_the_lease_everything_is_as_safe() {
    let size = Size {
        silence: false,
        closes: false,
        ..Size::stale()
    };
    let outcome = Run::new(size).with(Flaw::NoLease).run(|_, _| {});
    assert!(outcome.broken.is_empty() && outcome.exhausted, "{:#?}", outcome.broken);
}
