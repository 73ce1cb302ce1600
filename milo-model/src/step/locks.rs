//! The lock store: `lua/*.lua` in few words. Every act is one script and sees all of the showtime at one moment.

use super::Rules;
use crate::flaw::Flaw;
use crate::size::SEATS_MAX;
use crate::world::{Letter, Locks, World};

fn seats_of(bits: u8) -> impl Iterator<Item = usize> {
    (0..SEATS_MAX).filter(move |seat| bits & (1 << seat) != 0)
}

/// Who holds a seat, as it is kept.
fn holder(row: usize) -> u8 {
    super::small(row) + 1
}

/// What became of an attempt to hold seats.
pub(super) enum Acquired {
    Held,
    Cold,
    Unavailable,
}

impl Rules {
    /// `acquire.lua`: all the seats or none; the same hold again is the same hold.
    pub(super) fn acquire(world: &mut World, row: usize) -> Acquired {
        if world.rows[row].hold {
            return Acquired::Held;
        }
        if !world.locks.warm {
            return Acquired::Cold;
        }
        let wanted = world.rows[row].seats;
        if seats_of(wanted).any(|seat| world.locks.held[seat] != 0 || world.locks.taken[seat] != 0) {
            return Acquired::Unavailable;
        }
        for seat in seats_of(wanted) {
            world.locks.held[seat] = holder(row);
        }
        world.rows[row].hold = true;
        Acquired::Held
    }

    /// `promote.lua`: whether the hold is live and still has all its seats.
    pub(super) fn promotes(world: &World, row: usize) -> bool {
        world.rows[row].hold && seats_of(world.rows[row].seats).all(|seat| world.locks.held[seat] == holder(row))
    }

    /// The end of a hold, whatever ends it: frees what it still claims.
    pub(super) fn drop_hold(world: &mut World, row: usize) {
        world.rows[row].hold = false;
        for held in &mut world.locks.held {
            if *held == holder(row) {
                *held = 0;
            }
        }
    }

    /// A message arrives. Messages to the lock store may be repeated and may overtake one another.
    pub(super) fn arrive(&self, world: &mut World, row: usize, letter: Letter) {
        match letter {
            Letter::Taken => {
                Self::drop_hold(world, row);
                self.take(world, row, world.rows[row].seats);
            }
            Letter::Freed => {
                if !self.has(Flaw::LateTakeWins) {
                    world.locks.freed |= 1 << row;
                }
                for taken in &mut world.locks.taken {
                    *taken &= !(1 << row);
                }
            }
            Letter::Due => world.rows[row].wake = self.size.queue,
        }
    }

    /// Marks seats as the reservation's, whoever held them, unless it was freed.
    fn take(&self, world: &mut World, row: usize, seats: u8) {
        if world.locks.freed & (1 << row) != 0 {
            return;
        }
        for seat in seats_of(seats) {
            world.locks.held[seat] = 0;
            world.locks.taken[seat] |= 1 << row;
        }
    }

    /// `warm.lua`: adds what the store of record said at some time before.
    pub(super) fn warm(&self, world: &mut World, owners: &[u8; SEATS_MAX]) {
        for row in 0..self.size.rows() {
            let owned = owners.iter().enumerate().filter(|(_, rows)| *rows & (1 << row) != 0);
            let seats = owned.map(|(seat, _)| 1 << seat).sum();
            self.take(world, row, seats);
        }
        world.locks.warm = true;
    }

    /// The lock store loses everything.
    pub(super) fn wipe(world: &mut World) {
        let forgotten = world.locks.forgotten | world.locks.freed;
        world.locks = Locks {
            forgotten,
            ..Locks::cold()
        };
        for row in &mut world.rows {
            row.hold = false;
        }
    }
}
