//! A buyer and the API process that serves it: hold, promote, place.

use super::Rules;
use super::locks::Acquired;
use crate::act::Act;
use crate::flaw::Flaw;
use crate::world::{Buyer, Letter, World};

impl Rules {
    /// The reservation that a buyer is about to make.
    pub(super) fn row_of(&self, world: &World, user: usize) -> usize {
        user * self.size.attempts + usize::from(world.buyers[user].1)
    }

    pub(super) fn buyer_acts_now(&self, world: &mut World, act: Act) {
        match act {
            Act::Choose(user, bits) => {
                let row = self.row_of(world, usize::from(user));
                world.rows[row].seats = bits;
                world.buyers[usize::from(user)].0 = Buyer::Wants;
            }
            Act::Acquire { user, heard } => self.asks_for_hold(world, usize::from(user), heard),
            Act::Warm(user) => {
                if let Buyer::Warms { owners, .. } = world.buyers[usize::from(user)].0 {
                    self.warm(world, &owners);
                }
                self.warmed(world, usize::from(user));
            }
            Act::WarmDies(user) => self.warmed(world, usize::from(user)),
            Act::Release(user) => {
                let row = self.row_of(world, usize::from(user));
                Self::drop_hold(world, row);
                self.walks_away(world, usize::from(user));
            }
            Act::Promote(user) => {
                let row = self.row_of(world, usize::from(user));
                // A hold that became a reservation is answered by that reservation: to place again finds it.
                if Self::promotes(world, row) || world.rows[row].placed {
                    world.buyers[usize::from(user)].0 = Buyer::Reserves;
                } else {
                    self.walks_away(world, usize::from(user));
                }
            }
            Act::Direct(user) => world.buyers[usize::from(user)].0 = Buyer::Reserves,
            Act::Place { user, heard } => self.places(world, usize::from(user), heard),
            // The client asks again, with the same hold.
            Act::PlaceDies(user) => world.buyers[usize::from(user)].0 = self.asks_again(),
            _ => {}
        }
    }

    /// A buyer gives up, and perhaps wants something else later. A reservation of which it never heard is made all the same.
    fn walks_away(&self, world: &mut World, user: usize) {
        let made = u8::from(world.rows[self.row_of(world, user)].placed);
        let (buyer, count) = &mut world.buyers[user];
        (*buyer, *count) = (Buyer::Out, *count + made);
    }

    fn asks_again(&self) -> Buyer {
        if self.size.holds { Buyer::Holds } else { Buyer::Wants }
    }

    fn asks_for_hold(&self, world: &mut World, user: usize, heard: bool) {
        let row = self.row_of(world, user);
        world.buyers[user].0 = match Self::acquire(world, row) {
            Acquired::Held if heard => Buyer::Holds,
            Acquired::Held => Buyer::Wants,
            Acquired::Cold => Buyer::Warms {
                owners: world.owners,
                again: true,
            },
            Acquired::Unavailable => return self.walks_away(world, user),
        };
    }

    fn warmed(&self, world: &mut World, user: usize) {
        if matches!(world.buyers[user].0, Buyer::Warms { again: true, .. }) {
            world.buyers[user].0 = Buyer::Wants;
        } else {
            self.walks_away(world, user);
        }
    }

    /// The sale: all or nothing, and the unique index decides.
    fn places(&self, world: &mut World, user: usize, heard: bool) {
        let at = self.row_of(world, user);
        if !world.rows[at].placed {
            if !world.is_open() && !self.has(Flaw::PlacesInClosedShowtime) {
                world.buyers[user].0 = Buyer::Out;
                return;
            }
            let mut seats = world.rows[at].seats;
            let taken: u8 = (0..self.size.seats)
                .filter(|seat| world.owners[*seat] != 0)
                .map(|seat| 1 << seat)
                .sum();
            let trusts_hold = self.has(Flaw::HoldIsTheProof) && Self::promotes(world, at);
            if self.has(Flaw::PartOfTheSeats) && seats & !taken != 0 {
                seats &= !taken;
            } else if seats & taken != 0 && !self.has(Flaw::NoUniqueIndex) && !trusts_hold {
                // It was told that the seats are free: it tells the lock store what is sold.
                let warms = Buyer::Warms {
                    owners: world.owners,
                    again: false,
                };
                world.buyers[user].0 = if self.size.holds { warms } else { Buyer::Out };
                return;
            }
            world.marks.placed_in_closed |= !world.is_open();
            for (seat, owners) in world.owners.iter_mut().enumerate() {
                if seats & (1 << seat) != 0 {
                    *owners |= 1 << at;
                }
            }
            let row = &mut world.rows[at];
            row.placed = true;
            row.due = true;
            self.send(row, Letter::Taken);
            self.send(row, Letter::Due);
        }
        world.buyers[user] = if heard {
            (Buyer::Out, world.buyers[user].1 + 1)
        } else {
            (self.asks_again(), world.buyers[user].1)
        };
    }
}
