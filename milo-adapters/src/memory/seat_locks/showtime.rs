//! One showtime: its claims, the holds that may lapse, and what is known of reservations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use milo_core::domain::{Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, UserId};
use milo_core::planted::{Bug, is_planted};
use milo_core::ports::AcquireError;

use super::seats::{Seats, Taker};

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Showtime {
    pub(super) version: u64,
    warm: bool,
    seats: Seats,
    /// Holds whose seats are claimed, by when they lapse.
    lapses: BTreeSet<(Timestamp, HoldId)>,
    held: BTreeMap<HoldId, Vec<SeatId>>,
    reservations: BTreeMap<ReservationId, Known>,
}

/// What is known of a reservation.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    seats: BTreeSet<SeatId>,
    settled: bool,
    freed: bool,
    /// When it may be forgotten, if it owns no seats.
    ends_at: Option<Timestamp>,
}

impl Showtime {
    /// Frees the seats of lapsed holds.
    pub(super) fn drop_lapsed(&mut self, now: Timestamp) {
        while let Some(&(expires_at, hold)) = self.lapses.first()
            && expires_at <= now
            && !is_planted(Bug::LapsedHoldsStay)
        {
            self.drop_hold(hold, expires_at);
        }
    }

    pub(super) fn check(&self, request: &HoldRequest) -> Result<(), AcquireError> {
        if !self.warm && !is_planted(Bug::ColdCountsAsWarm) {
            return Err(AcquireError::Cold);
        }
        let wanted = request.seats.iter().map(|seat| seat.id);
        let mut unavailable: Vec<SeatId> = wanted.filter(|seat| !self.seats.is_free(seat)).collect();
        if !unavailable.is_empty() && !is_planted(Bug::HeldTwice) {
            unavailable.sort_unstable();
            return Err(AcquireError::Unavailable(unavailable));
        }
        let seats = self.seats.of_user(request.user) as usize + request.seats.len();
        if seats > request.user_seats_max as usize {
            return Err(AcquireError::TooManySeats);
        }
        Ok(())
    }

    pub(super) fn hold(&mut self, hold: &Hold) {
        let seats = hold.seat_ids();
        for seat in &seats {
            self.seats
                .change(*seat, |claims| claims.held = Some((hold.id, hold.user)));
        }
        self.held.insert(hold.id, seats);
        self.lapses.insert((hold.expires_at, hold.id));
    }

    /// Frees what a hold still claims; seats that others have by now stay theirs.
    pub(super) fn drop_hold(&mut self, hold: HoldId, expires_at: Timestamp) {
        self.lapses.remove(&(expires_at, hold));
        for seat in self.held.remove(&hold).unwrap_or_default() {
            if self.seats.holder(&seat) == Some(hold) {
                self.seats.change(seat, |claims| claims.held = None);
            }
        }
    }

    pub(super) fn prolong(&mut self, hold: HoldId, before: Timestamp, after: Timestamp) {
        if self.lapses.remove(&(before, hold)) {
            self.lapses.insert((after, hold));
        }
    }

    pub(super) fn holds_all(&self, hold: HoldId, seats: &[SeatId]) -> bool {
        seats.iter().all(|seat| self.seats.holder(seat) == Some(hold))
    }

    /// Marks a seat as a reservation's, whoever held it, unless the reservation was freed.
    pub(super) fn take(&mut self, seat: SeatId, reservation: ReservationId, user: UserId, pending: bool) {
        let known = self.reservations.entry(reservation).or_default();
        if known.freed && !is_planted(Bug::FreedIsForgotten) {
            return;
        }
        known.seats.insert(seat);
        let taker = Taker {
            user,
            pending: pending && !known.settled,
        };
        self.seats.change(seat, |claims| {
            claims.held = None;
            claims.taken.insert(reservation, taker);
        });
    }

    pub(super) fn settle(&mut self, reservation: ReservationId) {
        let known = self.reservations.entry(reservation).or_default();
        known.settled = true;
        for seat in &known.seats {
            self.seats.change(*seat, |claims| {
                if let Some(taker) = claims.taken.get_mut(&reservation) {
                    taker.pending = false;
                }
            });
        }
    }

    pub(super) fn free(&mut self, reservation: ReservationId, seats: &[SeatId]) {
        let known = self.reservations.entry(reservation).or_default();
        known.freed = true;
        for seat in seats {
            if known.seats.remove(seat) || is_planted(Bug::FreesForeignSeats) {
                self.seats.change(*seat, |claims| {
                    if is_planted(Bug::FreesForeignSeats) {
                        claims.taken.clear();
                    }
                    claims.taken.remove(&reservation);
                });
            }
        }
    }

    /// From `end` on, what is known of the reservation may be forgotten; gives back what was said before. None if it
    /// owns seats, so that it must not be forgotten at all.
    pub(super) fn forget_from(&mut self, reservation: ReservationId, end: Timestamp) -> Option<Option<Timestamp>> {
        let known = self.reservations.get_mut(&reservation)?;
        known.seats.is_empty().then(|| known.ends_at.replace(end))
    }

    /// Forgets a reservation, unless it owns seats by now or is remembered for longer.
    pub(super) fn forget(&mut self, reservation: ReservationId, end: Timestamp) {
        let over = |known: &Known| known.seats.is_empty() && known.ends_at == Some(end);
        if self.reservations.get(&reservation).is_some_and(over) {
            self.reservations.remove(&reservation);
        }
    }

    pub(super) fn make_warm(&mut self) {
        self.warm = true;
    }

    pub(super) fn take_changed(&mut self) -> bool {
        self.seats.take_changed()
    }

    pub(super) fn snapshot(&self) -> Option<SeatSnapshot> {
        self.warm.then(|| SeatSnapshot {
            version: self.version,
            claims: self.seats.shown(),
        })
    }

    pub(super) fn tally(&self) -> Option<SeatTally> {
        self.warm.then(|| self.seats.tally())
    }
}

#[cfg(test)]
impl Showtime {
    pub(super) fn remembers_nothing(&self) -> bool {
        self.lapses.is_empty() && self.held.is_empty() && self.reservations.is_empty()
    }
}
