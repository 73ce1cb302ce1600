//! What becomes of any state once the trouble stops.
//!
//! From every state the system is left to itself: nobody dies, nothing is lost, the gateway answers, jobs and workers run,
//! leases and holds end in time, and nobody wants anything new. It must come to rest, and there everything must be
//! right. This is stronger than "it could settle": it does, by the very schedule that Milo runs.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use milo_core::domain::ReservationStatus;
use milo_core::ports::GatewayStatus;

use super::{Promise, SAFETY};
use crate::act::{Act, Call};
use crate::rules::Do;
use crate::step::Rules;
use crate::world::{Bit, Buyer, Letter, Phase, World};

/// Every promise of liveness.
pub const LIVENESS: [Promise; 2] = [
    Promise {
        name: "L1 L2 L3 L4 L6 I11 everything settles rightly, if the gateway says yes",
        kept: |rules, world| {
            settles(
                rules,
                world,
                Schedule {
                    accepts: true,
                    messages_first: true,
                },
            )
        },
    },
    Promise {
        name: "L1 L2 L3 L4 L6 I11 everything settles rightly, if the gateway says no",
        kept: |rules, world| {
            settles(
                rules,
                world,
                Schedule {
                    accepts: false,
                    messages_first: false,
                },
            )
        },
    },
];

/// How the system is left to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// What the gateway says where it has not decided.
    pub accepts: bool,
    /// Whether processes that were about to tell the lock store something do so before the outbox is delivered.
    pub messages_first: bool,
}

/// More acts than it takes to settle anything: what needs more goes in circles.
const ACTS_MAX: usize = 300;

fn small(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Whether the system comes to rest, and everything is right there.
fn settles(rules: &Rules, world: &World, schedule: Schedule) -> bool {
    let known = &rules.settled[usize::from(schedule.accepts)];
    let mut world = *world;
    let mut way = Vec::with_capacity(32);
    for _ in 0..ACTS_MAX {
        let here = Settled::name(&world);
        if known.contains(here) {
            break;
        }
        way.push(here);
        let Some(act) = next(rules, &world, schedule) else {
            if !is_right(rules, &world) {
                return false;
            }
            break;
        };
        world = rules.after(&world, act);
    }
    // What the last state on the way comes to, all of them come to.
    let settles = way.len() < ACTS_MAX;
    if settles {
        way.into_iter().for_each(|state| known.insert(state));
    }
    settles
}

/// States that are known to settle, by a hash of all that they are. It forgets: what it does not know is followed anew.
#[derive(Debug)]
pub(crate) struct Settled(Box<[AtomicU64]>);

impl Settled {
    const PLACES: usize = 1 << 21;

    pub(crate) fn new() -> Self {
        Self((0..Self::PLACES).map(|_| AtomicU64::new(0)).collect())
    }

    fn name(world: &World) -> u64 {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        hasher.finish().max(1)
    }

    fn place(&self, name: u64) -> &AtomicU64 {
        let place = usize::try_from(name % Self::PLACES as u64).unwrap_or_default();
        &self.0[place]
    }

    fn contains(&self, name: u64) -> bool {
        self.place(name).load(Ordering::Relaxed) == name
    }

    fn insert(&self, name: u64) {
        self.place(name).store(name, Ordering::Relaxed);
    }
}

fn next(rules: &Rules, world: &World, schedule: Schedule) -> Option<Act> {
    let parts: [&dyn Fn() -> Option<Act>; 7] = [
        &|| workers(world, schedule),
        &|| jobs(rules, world),
        &|| payments(rules, world),
        &|| time_to_pay(rules, world),
        &|| {
            if schedule.messages_first {
                outbox(rules, world)
            } else {
                processes(rules, world)
            }
        },
        &|| {
            if schedule.messages_first {
                processes(rules, world)
            } else {
                outbox(rules, world)
            }
        },
        &|| holds(rules, world),
    ];
    parts.iter().find_map(|part| part())
}

/// Workers go on with what they have in hand.
fn workers(world: &World, schedule: Schedule) -> Option<Act> {
    let (at, worker) = world
        .workers
        .iter()
        .enumerate()
        .find_map(|(at, worker)| Some((small(at), (*worker)?)))?;
    Some(match worker.phase {
        Phase::LookUp(_) => Act::LookedUp {
            worker: at,
            answered: true,
        },
        Phase::Ask(operation) => {
            let ledger = &world.rows[usize::from(worker.row)].ledger;
            let refuses = !schedule.accepts && Rules::may_refuse(ledger, operation);
            Act::Called(at, if refuses { Call::Refused } else { Call::Answered })
        }
        Phase::Write(_) => Act::Write {
            worker: at,
            believes_cancelled: world.cancelled,
        },
    })
}

/// Leases end, and what is due is claimed.
fn payments(rules: &Rules, world: &World) -> Option<Act> {
    let claimable = |row: &usize| rules.is_claimable(world, *row);
    if let Some(row) = (0..rules.size.rows()).find(claimable) {
        return Some(Act::Claim {
            worker: 0,
            row: small(row),
            too_late: false,
        });
    }
    let left = |row: &usize| world.rows[*row].leased && world.rows[*row].due;
    (0..rules.size.rows()).find(left).map(|row| Act::LeaseEnds(small(row)))
}

/// Jobs run.
fn jobs(rules: &Rules, world: &World) -> Option<Act> {
    if let Some(desk) = world.desks.iter().position(Option::is_some) {
        return Some(Act::DeskWrites(small(desk)));
    }
    let offers = (0..rules.size.rows()).flat_map(|row| [(row, Do::CancelByShowtime), (row, Do::Expire)]);
    let offered = offers
        .into_iter()
        .find(|(row, step)| rules.is_offered(world, *row, *step));
    offered.map(|(row, step)| Act::Step(small(row), step))
}

/// Time to pay passes.
fn time_to_pay(rules: &Rules, world: &World) -> Option<Act> {
    let pending = |row: &usize| {
        let row = &world.rows[*row];
        row.placed && row.case.reservation == ReservationStatus::PendingPayment && !row.over
    };
    (0..rules.size.rows())
        .find(pending)
        .map(|row| Act::TimeIsOver(small(row)))
}

/// The outbox is delivered.
fn outbox(rules: &Rules, world: &World) -> Option<Act> {
    let owed = (0..rules.size.rows()).flat_map(|row| Letter::ALL.map(|letter| (row, letter)));
    owed.into_iter()
        .find(|(row, letter)| world.rows[*row].owed & letter.bit() != 0)
        .map(|(row, letter)| Act::Deliver(small(row), letter))
}

/// Processes that were about to warm the lock store do so.
fn processes(rules: &Rules, world: &World) -> Option<Act> {
    let warms = |user: &usize| matches!(world.buyers[*user].0, Buyer::Warms { .. });
    (0..rules.size.users).find(warms).map(|user| Act::Warm(small(user)))
}

/// Holds lapse.
fn holds(rules: &Rules, world: &World) -> Option<Act> {
    (0..rules.size.rows())
        .find(|row| world.rows[*row].hold)
        .map(|row| Act::Lapse(small(row)))
}

/// Whether everything is as it should be at rest.
fn is_right(rules: &Rules, world: &World) -> bool {
    let rows = || world.rows.iter().take(rules.size.rows()).filter(|row| row.placed);
    // L1, L2, L6: nothing is open, nothing waits for money.
    let settled = rows().all(|row| row.case.is_settled() && !row.due);
    // I11.
    let cancelled = !world.cancelled || rows().all(|row| !row.case.reservation.owns_seats());
    // Who wished to cancel was heard.
    let heard = rows().all(|row| row.case.wish.is_none() || row.case.reservation == ReservationStatus::Cancelled);
    // I13.
    let money = rows().all(|row| {
        let kept = i16::from(row.ledger.captured) - i16::from(row.ledger.refunded);
        let confirmed = row.case.reservation == ReservationStatus::Confirmed;
        kept == i16::from(confirmed) && row.ledger.status != GatewayStatus::Authorized
    });
    // L3.
    let told = rows().all(|row| row.owed == 0);
    settled
        && cancelled
        && heard
        && money
        && told
        && seats_are_free(rules, world)
        && SAFETY.iter().all(|promise| (promise.kept)(rules, world))
}

/// L4: whatever the store of record gave free, the lock store lets others hold. A cold one is told before it answers.
///
/// Known gap: what is said about a reservation that has ended, by a process that was slow, is refused because the lock
/// store remembers the end; a lock store that has lost everything since believes it. Such seats are left out here unless
/// the model is [strict](crate::Size::strict).
fn seats_are_free(rules: &Rules, world: &World) -> bool {
    let locks = &world.locks;
    let excused = if rules.size.strict { 0 } else { locks.forgotten };
    let free = |seat: usize| world.owners[seat] != 0 || locks.held[seat] == 0 && locks.taken[seat] & !excused == 0;
    !locks.warm || (0..world.owners.len()).all(free)
}
