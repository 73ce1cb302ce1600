//! One seed from beginning to end: a storm, then calm, then the judgement.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::Timestamp;
use milo_adapters::memory::store::audit::BookingRecord;
use milo_core::domain::{Caller, PaymentStatus, ReservationStatus, SeatId, SeatSelection, ShowtimeId, UserId};
use milo_core::planted::Bug;

use crate::buyer::Buyer;
use crate::executor::Sim;
use crate::history::PriceList;
use crate::house::{House, costs};
use crate::swarm::Swarm;
use crate::{nemesis, verdict};

/// How often promises are looked at that must be true at every moment.
const LOOK: Duration = Duration::from_secs(5);
/// By then the last buyer has given up.
const SHOPPING_MAX: Duration = Duration::from_secs(240);
/// By then whatever was under way has arrived.
const STRAGGLERS: Duration = Duration::from_secs(25);
/// By then everything must have come to rest.
const SETTLING_MAX: Duration = Duration::from_secs(120);

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Broken promises, in words.
    pub violations: Vec<String>,
    /// The whole run in one number: the same seed gives the same.
    pub trace: u64,
    /// How often a task went on.
    pub steps: u64,
    /// How much time passed in the simulated world.
    pub simulated: Duration,
    /// How often each thing happened.
    pub counts: BTreeMap<String, u64>,
    /// Every call and what became of it, if it was asked for.
    pub log: Vec<String>,
}

/// Runs a seed. With `keeps_log` everything that happened is told.
///
/// With `bug`, the mistake is in the code while this seed runs, and nowhere else.
pub fn run(seed: u64, bug: Option<Bug>, keeps_log: bool) -> Outcome {
    let _planted = bug.map(milo_core::planted::plant);
    let sim = Sim::new(seed, keeps_log);
    let swarm = sim.draw(Swarm::draw);
    sim.note(|| format!("{swarm:?}"), &[]);
    let house = now(House::open(sim.clone(), swarm));
    open_for_sale(&house);
    let violations = story(&house);
    let outcome = Outcome {
        seed,
        violations,
        trace: sim.trace(),
        steps: sim.steps(),
        simulated: Duration::from_micros(sim.micros()),
        counts: counts(&house),
        log: sim.take_log(),
    };
    sim.end();
    outcome
}

/// What needs nobody else is done at once.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("engines in memory answer at once")
}

fn open_for_sale(house: &House) {
    house.history.with(|seen| {
        seen.prices.extend(house.halls.iter().map(|hall| PriceList {
            showtime: hall.showtime.id,
            costs: costs(&hall.showtime, &hall.layout),
            from: Timestamp::MIN,
            until: Timestamp::MAX,
        }));
        seen.shoppers = house.swarm.buyers;
    });
    nemesis::unleash(house);
    for number in 0..house.swarm.buyers {
        house.sim.spawn(house.new_process(), Buyer::new(house, number).shop());
    }
}

fn story(house: &House) -> Vec<String> {
    let mut left = house.swarm.storm;
    while !left.is_zero() {
        let time = left.min(LOOK);
        house.sim.run(time, || false);
        left -= time;
        let found = house.store.invariants();
        if !found.is_empty() {
            return found;
        }
    }
    house.weather.clear_up();
    let are_gone = || house.history.with(|seen| seen.shoppers == 0);
    if !house.sim.run(SHOPPING_MAX, are_gone) {
        return vec!["L5: a buyer waits for ever".to_owned()];
    }
    house.sim.run(STRAGGLERS, || false);
    let mut left = SETTLING_MAX;
    while !is_settled(house) && !left.is_zero() {
        house.sim.run(LOOK, || false);
        left = left.saturating_sub(LOOK);
    }
    let mut found = now(verdict::judge(house));
    if found.is_empty() {
        found.extend(now(probe(house)));
    }
    found
}

fn is_settled(house: &House) -> bool {
    let audit = house.store.audit();
    let cancelled = house.history.with(|seen| seen.cancelled_showtimes.clone());
    let is_open = |record: &BookingRecord| {
        let reservation = &record.booking.reservation;
        let is_stranded = reservation.status.owns_seats() && cancelled.contains_key(&reservation.showtime);
        record.booking.needs_work() || reservation.status.is_open() || is_stranded
    };
    !audit.bookings.iter().any(is_open) && audit.outbox.iter().all(|message| message.delivered_at.is_some())
}

/// L4: every seat that nobody owns can be had, by strangers and by those who bought before; and no other can, with the locks as they are and after they
/// have forgotten everything.
///
/// Locks that were wiped in the storm are judged only after they were wiped once more: a message that says "taken" and comes again after "freed" was
/// forgotten keeps a seat until the showtime is over, which is known (`docs/PROOF.md`).
async fn probe(house: &House) -> Vec<String> {
    let mut found = Vec::new();
    if house.history.with(|seen| !seen.wipes_of_locks.is_empty()) {
        house.locks.wipe();
    }
    // Holds that were left lapse.
    house.sim.run(Swarm::policy().hold_lifetime_max, || false);
    for hall in house.halls.iter() {
        if house
            .history
            .with(|seen| seen.cancelled_showtimes.contains_key(&hall.showtime.id))
            || hall.showtime.starts_at <= house.sim.timestamp()
        {
            continue;
        }
        let owned: Vec<SeatId> = house
            .store
            .audit()
            .owners
            .iter()
            .filter(|(showtime, ..)| *showtime == hall.showtime.id)
            .map(|(_, seat, _)| *seat)
            .collect();
        let free: Vec<SeatId> = hall
            .seats
            .iter()
            .filter(|seat| !owned.contains(seat))
            .copied()
            .collect();
        for buyer in house.people.iter() {
            let wanted: Vec<SeatId> = free
                .iter()
                .copied()
                .take(Swarm::policy().user_seats_max as usize)
                .collect();
            if !wanted.is_empty() && !can_hold(house, hall.showtime.id, *buyer, &wanted).await {
                found.push(format!(
                    "L4: a buyer with nothing open cannot hold {} free seats",
                    wanted.len()
                ));
            }
        }
        for forgets in [false, true] {
            if forgets {
                house.locks.wipe();
            }
            let memory = if forgets {
                "locks that have forgotten everything"
            } else {
                "the locks"
            };
            for seat in &hall.seats {
                let stranger = house.stranger().await;
                let can = can_hold(house, hall.showtime.id, stranger, &[*seat]).await;
                match (can, owned.contains(seat)) {
                    (false, false) => found.push(format!("L4: {memory} do not give the free seat {seat}")),
                    (true, true) => found.push(format!("L4: {memory} give the sold seat {seat}")),
                    _ => {}
                }
            }
        }
    }
    found
}

/// Whether the seats can be held; they are given back.
async fn can_hold(house: &House, showtime: ShowtimeId, user: UserId, seats: &[SeatId]) -> bool {
    let caller = Caller::trusted(user);
    let Ok(wanted) = SeatSelection::parse(seats.iter().copied()) else {
        return false;
    };
    let booking = house.calm.booking();
    match booking.hold(caller, showtime, &wanted, None).await {
        Ok(hold) => booking.release_hold(caller, hold.id).await.is_ok(),
        Err(_) => false,
    }
}

fn counts(house: &House) -> BTreeMap<String, u64> {
    let mut counts = house.history.with(|seen| seen.counts.clone());
    for ((port, fate), count) in house.weather.counts() {
        *counts.entry(format!("fault {fate} of {port}")).or_default() += count;
    }
    let audit = house.store.audit();
    for event in &audit.events {
        let name = |state: (ReservationStatus, PaymentStatus)| format!("{}+{}", state.0.as_str(), state.1.as_str());
        let from = event.from.map_or_else(|| "nothing".to_owned(), name);
        *counts.entry(format!("step {from} to {}", name(event.to))).or_default() += 1;
    }
    for answer in &audit.answers {
        let operation = answer.answer.key.rsplit(':').next().unwrap_or_default();
        *counts
            .entry(format!("gateway {operation} {}", answer.answer.outcome))
            .or_default() += 1;
    }
    for record in &audit.outbox {
        *counts
            .entry(format!("message {}", record.message.kind.topic()))
            .or_default() += 1;
    }
    counts
}
