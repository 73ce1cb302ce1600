//! Seeds by the thousand, and mistakes that must not go unnoticed.
//!
//! `MILO_SIM_SEEDS` sets how many seeds are run.
#![allow(clippy::print_stdout, reason = "how many there were, and what noticed which mistake")]

use milo_sim::{Bug, run, run_many};

const SEEDS: u64 = 5_000;
/// A mistake that so many seeds do not show goes unnoticed.
const SEEDS_MAX_OF_A_BUG: u64 = 2_000;

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn seeds() -> u64 {
    let wanted = std::env::var("MILO_SIM_SEEDS").ok();
    wanted.map_or(SEEDS, |wanted| wanted.parse().expect("MILO_SIM_SEEDS must be a number"))
}

/// What must have happened in so many seeds, or they show nothing.
const HAPPENS: [&str; 40] = [
    "step nothing to pending_payment+created",
    "step pending_payment+created to paying+authorizing",
    "step pending_payment+created to expired+dropped",
    "step pending_payment+created to cancelled+dropped",
    "step paying+authorizing to paying+authorizing",
    "step paying+authorizing to paying+capturing",
    "step paying+authorizing to paying+voiding",
    "step paying+authorizing to payment_failed+declined",
    "step paying+capturing to confirmed+captured",
    "step paying+capturing to paying+capturing",
    "step paying+capturing to paying+voiding",
    "step paying+voiding to payment_failed+voided",
    "step paying+voiding to cancelled+voided",
    "step paying+voiding to paying+voiding",
    "step confirmed+captured to cancelled+refunding",
    "step cancelled+refunding to cancelled+refunded",
    "step cancelled+refunding to cancelled+refunding",
    "gateway auth unknown",
    "gateway capture refused",
    "message payment_dead",
    "hold refused: SeatsUnavailable",
    "hold refused: TooManySeats",
    "hold refused: ShowtimeClosed",
    "hold extended",
    "hold released",
    "reserve refused: SeatsUnavailable",
    "reserve refused: HoldLapsed",
    "reserve refused: KeyReused",
    "reserve refused: PriceChanged",
    "reserve refused: ShowtimeClosed",
    "cancel refused: NotCancellable",
    "theft tried",
    "client hung up",
    "reply lost",
    "nemesis killed",
    "nemesis froze",
    "nemesis wiped the locks",
    "nemesis wiped the queue",
    "repriced",
    "showtime cancelled",
];

#[test]
fn thousands_of_seeds_keep_every_promise() {
    let totals = run_many(1, seeds(), threads(), None, |_, _| {});
    println!("{} seeds, {} steps", totals.seeds, totals.steps);
    if let Some((seed, violations)) = totals.failures.first() {
        panic!("seed {seed} (again: cargo run -p milo-sim -- --seed {seed} --log): {violations:#?}");
    }
    let faults = [
        "unreachable",
        "request_lost",
        "answer_lost",
        "late",
        "twice",
        "slow",
        "crash_before",
        "crash_after",
        "freeze",
    ];
    let ports = [
        "booking_store",
        "seat_locks",
        "payment_queue",
        "payment_gateway",
        "outbox",
        "notifier",
    ];
    let faults = faults
        .iter()
        .flat_map(|fault| ports.iter().map(move |port| format!("fault {fault} of {port}")));
    let missing: Vec<String> = HAPPENS
        .iter()
        .map(ToString::to_string)
        .chain(faults)
        .filter(|what| !totals.counts.contains_key(what))
        .collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}

#[test]
fn a_seed_runs_the_same_way_again() {
    for seed in 1..=100 {
        let (first, again) = (run(seed, None, false), run(seed, None, false));
        assert_eq!((first.trace, first.steps), (again.trace, again.steps), "seed {seed}");
        assert_eq!(first.counts, again.counts, "seed {seed}");
    }
}

#[test]
fn every_planted_mistake_is_noticed() {
    let mut unnoticed = Vec::new();
    for bug in Bug::ALL {
        let totals = run_many(1, SEEDS_MAX_OF_A_BUG, threads(), Some(bug), |_, _| {});
        match totals.failures.first() {
            Some((seed, violations)) => println!("{}: seed {seed}: {}", bug.name(), violations[0]),
            None => unnoticed.push(bug.name()),
        }
    }
    assert!(unnoticed.is_empty(), "nothing notices {unnoticed:?}");
}
