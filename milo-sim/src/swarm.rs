//! What one run is made of: how many of whom, and what goes wrong how often.
//!
//! Each run draws some faults and leaves the others out, because a fault that is always there hides what another would show (swarm testing).

use std::collections::BTreeMap;
use std::time::Duration;

use milo_core::policy::{Backoff, Policy};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::link::{Fate, Odds};

/// The ports whose calls go wrong.
pub(crate) const PORTS: [&str; 6] = [
    "booking_store",
    "seat_locks",
    "payment_queue",
    "payment_gateway",
    "outbox",
    "notifier",
];

/// One run.
#[derive(Clone, Debug)]
pub(crate) struct Swarm {
    pub(crate) buyers: usize,
    pub(crate) actions: usize,
    pub(crate) instances: usize,
    pub(crate) workers: usize,
    pub(crate) showtimes: usize,
    pub(crate) rows: Vec<(&'static str, &'static str)>,
    /// How long things go wrong.
    pub(crate) storm: Duration,
    pub(crate) odds: BTreeMap<&'static str, Odds>,
    /// How many of a thousand requests lose their client, and how many answers never reach it.
    pub(crate) hang_ups: u32,
    pub(crate) lost_replies: u32,
    /// Between two of each, on average; none for never.
    pub(crate) kills: Option<Duration>,
    pub(crate) wipes_of_locks: Option<Duration>,
    pub(crate) wipes_of_queue: Option<Duration>,
    pub(crate) freezes: Option<Duration>,
    /// How far the clocks of processes go wrong, at most.
    pub(crate) skew: Duration,
    pub(crate) reprices: bool,
    pub(crate) cancels_showtime: bool,
    /// Whether the last showtime starts while seats are sold.
    pub(crate) starts_soon: bool,
    /// How often the loops of workers look for work.
    pub(crate) pace: Duration,
}

impl Swarm {
    pub(crate) fn draw(chance: &mut StdRng) -> Self {
        let is_calm = chance.random_bool(0.08);
        let mut sometimes = |share: f64, seconds: u64| {
            (!is_calm && chance.random_bool(share))
                .then(|| Duration::from_secs(chance.random_range(seconds / 3..=seconds)))
        };
        let (kills, wipes_of_locks, wipes_of_queue, freezes) = (
            sometimes(0.4, 30),
            sometimes(0.3, 60),
            sometimes(0.3, 40),
            sometimes(0.25, 30),
        );
        let odds = if is_calm { BTreeMap::new() } else { odds(chance) };
        let few = |chance: &mut StdRng| {
            if is_calm {
                0
            } else {
                *[0, 0, 20, 80].choose(chance).unwrap_or(&0)
            }
        };
        const HALLS: [&[(&str, &str)]; 4] = [
            &[("A", "RRR"), ("B", "PP")],
            &[("A", "RRRR"), ("B", "RR_PP")],
            &[("A", "RRRRRR"), ("B", "PPPPPP")],
            &[("A", "RR")],
        ];
        Self {
            buyers: chance.random_range(3..=9),
            actions: chance.random_range(3..=9),
            instances: chance.random_range(1..=3),
            workers: chance.random_range(1..=2),
            showtimes: chance.random_range(1..=2),
            rows: HALLS.choose(chance).map(|rows| rows.to_vec()).unwrap_or_default(),
            storm: Duration::from_secs(chance.random_range(30..=100)),
            odds,
            hang_ups: few(chance),
            lost_replies: few(chance),
            kills,
            wipes_of_locks,
            wipes_of_queue,
            freezes,
            skew: if chance.random_bool(0.3) {
                Duration::from_secs(600)
            } else {
                Duration::ZERO
            },
            reprices: chance.random_bool(0.3),
            cancels_showtime: chance.random_bool(0.3),
            starts_soon: chance.random_bool(0.25),
            pace: Duration::from_millis(chance.random_range(150..=900)),
        }
    }

    /// The numbers of the reference deployment, scaled down, so that everything that time does happens within a run.
    pub(crate) fn policy() -> Policy {
        let seconds = Duration::from_secs;
        let usual = Policy::default();
        Policy {
            hold_ttl: seconds(15),
            hold_lifetime_max: seconds(25),
            commit_window: seconds(3),
            hold_memory: seconds(60),
            user_seats_max: 5,
            pay_within: seconds(12),
            payment_deadline: seconds(10),
            payment_retry: Backoff {
                first: Duration::from_millis(200),
                cap: seconds(3),
                attempts_max: 8,
            },
            payment_lease: seconds(5),
            outbox_lease: seconds(5),
            outbox_retry: Backoff {
                first: Duration::from_millis(200),
                cap: seconds(2),
                attempts_max: 10,
            },
            batch: 10,
            ..usual
        }
    }
}

fn odds(chance: &mut StdRng) -> BTreeMap<&'static str, Odds> {
    let is_here: Vec<Fate> = Fate::FAULTS.into_iter().filter(|_| chance.random_bool(0.5)).collect();
    let mut odds = BTreeMap::new();
    for port in PORTS {
        if chance.random_bool(0.3) {
            continue;
        }
        let mut of_port = Odds::new();
        for fate in &is_here {
            let shares: &[u32] = match fate {
                Fate::CrashBefore | Fate::CrashAfter | Fate::Freeze => &[0, 2, 6, 15],
                _ => &[0, 5, 30, 120],
            };
            let share = *shares.choose(chance).unwrap_or(&0);
            if share > 0 {
                of_port.push((*fate, share));
            }
        }
        odds.insert(port, of_port);
    }
    odds
}
