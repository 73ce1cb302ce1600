//! The model's lock store does what a real one does.
//!
//! The model walks at random, and every act that reaches its lock store is made on the one in memory as well, which
//! passes the same conformance suite as the one on Redis. After each act both must claim the same seats.

#![expect(clippy::print_stdout, reason = "the way to a failure")]

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::memory::{ManualClock, MemorySeatLocks};
use milo_core::domain::*;
use milo_core::ports::{AcquireError, SeatLocks};
use milo_model::act::Act;
use milo_model::world::{Buyer, Letter, World};
use milo_model::{Flaw, Rules, Size};
use uuid::Uuid;

const WALKS: u64 = 400;
const ACTS: usize = 80;
const LONG: Duration = Duration::from_hours(1);
const SHOWTIME: ShowtimeId = ShowtimeId(Uuid::from_u128(1));

fn size() -> Size {
    Size {
        attempts: 2,
        seats: 3,
        ..Size::contention()
    }
}

fn id(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(kind << 64 | number as u128)
}

fn seat(number: usize) -> SeatId {
    SeatId(id(2, number))
}

fn reservation(row: usize) -> ReservationId {
    ReservationId(id(3, row))
}

fn seats(bits: u8) -> Vec<SeatId> {
    (0..3).filter(|number| bits & (1 << number) != 0).map(seat).collect()
}

/// SplitMix64: small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// The lock store in memory, and how many holds each reservation was asked for with.
struct Real {
    locks: MemorySeatLocks,
    holds: [usize; 4],
}

impl Real {
    fn user(row: usize) -> UserId {
        UserId(id(4, row / size().attempts))
    }

    fn hold(&self, row: usize) -> HoldId {
        HoldId(id(5, row * 1_000 + self.holds[row]))
    }

    fn request(&self, row: usize, bits: u8) -> HoldRequest {
        let price = Money::parse(1, Currency::USD).unwrap();
        let priced = |id| PricedSeat {
            id,
            row: RowLabel::parse("A").unwrap(),
            number: 1,
            kind: SeatKind::Regular,
            price,
        };
        HoldRequest {
            id: self.hold(row),
            user: Self::user(row),
            showtime: SHOWTIME,
            seats: seats(bits).into_iter().map(priced).collect(),
            total: price,
            price_version: Version::FIRST,
            ttl: LONG,
            remember: LONG,
            user_seats_max: 100,
        }
    }

    /// Ends a hold; whoever wants seats again asks with another one.
    async fn end(&mut self, row: usize) {
        let _ = self.locks.release(self.hold(row), Self::user(row)).await;
        self.holds[row] += 1;
    }

    /// Makes the act, and says what the buyer must have heard of it, if it was one that the buyer hears of.
    async fn make(&mut self, act: Act, before: &World, after: &World) {
        let row_of = |user: u8| usize::from(user) * size().attempts + usize::from(before.buyers[usize::from(user)].1);
        match act {
            Act::Acquire { user, .. } => {
                let row = row_of(user);
                let answer = self.locks.acquire(&self.request(row, before.rows[row].seats)).await;
                let expected = match after.buyers[usize::from(user)].0 {
                    Buyer::Warms { .. } => matches!(answer, Err(AcquireError::Cold)),
                    Buyer::Out => matches!(answer, Err(AcquireError::Unavailable(_))),
                    _ => answer.is_ok(),
                };
                assert!(expected, "{act:?}: {answer:?}");
            }
            Act::Warm(user) => {
                let Buyer::Warms { owners, .. } = before.buyers[usize::from(user)].0 else {
                    panic!("nothing to warm with")
                };
                let rows = (0..size().rows()).flat_map(|row| (0..3).map(move |number| (row, number)));
                let owned = rows.filter(|(row, number)| owners[*number] & (1 << row) != 0);
                let taken = owned.map(|(row, number)| TakenSeat {
                    seat: seat(number),
                    reservation: reservation(row),
                    user: Self::user(row),
                    pending: true,
                });
                self.locks.warm(SHOWTIME, &taken.collect::<Vec<_>>()).await.unwrap();
            }
            Act::Promote(user) => {
                let row = row_of(user);
                let answer = self.locks.promote(self.hold(row), Self::user(row), LONG).await;
                let goes_on = after.buyers[usize::from(user)].0 == Buyer::Reserves;
                assert!(
                    answer.is_ok() == goes_on || before.rows[row].placed,
                    "{act:?}: {answer:?}"
                );
            }
            Act::Release(user) => self.end(row_of(user)).await,
            Act::Lapse(row) => self.end(usize::from(row)).await,
            Act::Deliver(row, letter) | Act::Repeat(row, letter) => {
                let row = usize::from(row);
                let (reservation, wanted) = (reservation(row), seats(before.rows[row].seats));
                match letter {
                    Letter::Taken => {
                        let (user, hold) = (Self::user(row), self.hold(row));
                        self.locks
                            .take(SHOWTIME, reservation, user, hold, &wanted)
                            .await
                            .unwrap();
                        self.holds[row] += 1;
                    }
                    Letter::Freed => self.locks.free(SHOWTIME, reservation, &wanted).await.unwrap(),
                    Letter::Due => {}
                }
            }
            Act::Wipe => self.locks.wipe(),
            _ => {}
        }
    }

    /// Whether both claim the same seats.
    async fn agrees(&self, world: &World) {
        let Some(snapshot) = self.locks.snapshot(SHOWTIME).await.unwrap() else {
            assert!(!world.locks.warm, "the real one is cold");
            return;
        };
        assert!(world.locks.warm, "the real one is warm");
        for number in 0..3 {
            let claim = snapshot
                .claims
                .iter()
                .find(|(id, _)| *id == seat(number))
                .map(|(_, claim)| *claim);
            let (held, taken) = (world.locks.held[number], world.locks.taken[number]);
            match claim {
                None => assert_eq!((held, taken), (0, 0), "seat {number} is free"),
                Some(SeatClaim::Held { hold, .. }) => {
                    let row = usize::from(held).checked_sub(1).expect("the seat is held");
                    assert_eq!((hold, taken), (self.hold(row), 0), "seat {number}");
                }
                Some(SeatClaim::Taken { reservation: owner }) => {
                    let row = (0..size().rows()).find(|row| reservation(*row) == owner).unwrap();
                    assert!(held == 0 && taken & (1 << row) != 0, "seat {number} is taken by {row}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_models_lock_store_claims_what_a_real_one_claims() {
    walks(&Rules::new(size(), None)).await;
}

#[tokio::test]
#[should_panic(expected = "is free")]
async fn a_lock_store_that_forgets_who_was_freed_is_told_apart() {
    walks(&Rules::new(size(), Some(Flaw::LateTakeWins))).await;
}

async fn walks(rules: &Rules) {
    let mut checked = 0;
    for walk in 0..WALKS {
        let clock = Arc::new(ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
        let mut real = Real {
            locks: MemorySeatLocks::new(clock),
            holds: [0; 4],
        };
        let (mut world, mut dice) = (World::new(), Dice(walk));
        for _ in 0..ACTS {
            let mut acts = Vec::new();
            rules.acts(&world, &mut acts);
            // The store is lost now and then, not at every other step.
            acts.retain(|act| *act != Act::Wipe || dice.below(20) == 0);
            let Some(act) = (!acts.is_empty()).then(|| acts[dice.below(acts.len())]) else {
                break;
            };
            let next = rules.after(&world, act);
            println!("walk {walk}: {}", act.words(&world));
            real.make(act, &world, &next).await;
            real.agrees(&next).await;
            world = next;
            checked += 1;
        }
    }
    assert!(checked > 10_000, "{checked}");
}
