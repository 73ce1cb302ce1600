//! One showtime: its claims, its holds, and what is known of its reservations.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::{Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, TakenSeat, UserId};
use milo_core::ports::{AcquireError, HoldError};

use super::hold_row::{End, HoldRow, later, later_by_millis};
use super::seat_claims::{SeatClaims, Taker};

/// How long a reservation without seats is remembered, so that a late message about it does no harm.
const RESERVATION_KEPT: Duration = Duration::from_hours(24);

#[derive(Default)]
pub(super) struct Show {
    /// The time of the present act.
    now: Timestamp,
    is_warm: bool,
    seats: SeatClaims,
    holds: HashMap<HoldId, HoldRow>,
    /// Holds that nobody ended and nobody swept, by when they lapse.
    lapses: BTreeSet<(Timestamp, HoldId)>,
    /// When holds may be forgotten.
    ends: BTreeSet<(Timestamp, HoldId)>,
    sales: HashMap<ReservationId, Sale>,
    /// When reservations that own no seats may be forgotten.
    sale_ends: BTreeSet<(Timestamp, ReservationId)>,
}

/// What is known of a reservation.
#[derive(Default)]
struct Sale {
    seats: HashSet<SeatId>,
    settled: bool,
    freed: bool,
    ends_at: Option<Timestamp>,
}

impl Show {
    /// Every act begins here: from its expiry on, a hold claims nothing, whoever sweeps it later.
    pub(super) fn turn_to(&mut self, now: Timestamp) {
        self.now = now;
        let lapsed: Vec<HoldId> = self
            .lapses
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, id)| *id)
            .collect();
        for hold in lapsed {
            self.drop_claims(hold);
        }
    }

    /// What a hold still claims is free; seats that others have by now stay theirs.
    fn drop_claims(&mut self, hold: HoldId) {
        let Some(row) = self.holds.get(&hold) else { return };
        for seat in &row.first.seats {
            if self.seats.is_held_by(seat.id, hold) {
                self.seats.change(seat.id, |claims| claims.held = None);
            }
        }
    }

    /// The answer to a request whose id is remembered.
    pub(super) fn answered_before(&self, request: &HoldRequest) -> Option<Result<Hold, AcquireError>> {
        let row = self
            .holds
            .get(&request.id)
            .filter(|row| self.now < row.remembered_until)?;
        Some(if row.is_of(request) {
            Ok(row.first.clone())
        } else {
            Err(AcquireError::IdReused)
        })
    }

    pub(super) fn acquire(&mut self, request: &HoldRequest) -> Result<Hold, AcquireError> {
        if !self.is_warm {
            return Err(AcquireError::Cold);
        }
        let wanted = request.seats.iter().map(|seat| seat.id);
        let mut unavailable: Vec<SeatId> = wanted.clone().filter(|seat| !self.seats.is_free(*seat)).collect();
        if !unavailable.is_empty() {
            unavailable.sort_unstable();
            return Err(AcquireError::Unavailable(unavailable));
        }
        if self.seats.of_user(request.user) + request.seats.len() > request.user_seats_max as usize {
            return Err(AcquireError::TooManySeats);
        }
        self.forget_hold(request.id);
        for seat in wanted {
            self.seats
                .change(seat, |claims| claims.held = Some((request.id, request.user)));
        }
        let row = HoldRow::new(request, self.now);
        let hold = row.first.clone();
        self.lapses.insert((row.expires_at, hold.id));
        self.ends.insert((row.remembered_until, hold.id));
        self.holds.insert(hold.id, row);
        Ok(hold)
    }

    fn known(&self, hold: HoldId, user: UserId) -> Result<&HoldRow, HoldError> {
        let row = self.holds.get(&hold).filter(|row| row.is_of_user(user, self.now));
        row.ok_or(HoldError::Unknown)
    }

    /// The hold, if it can be used: live, and still with all its seats.
    pub(super) fn live(&self, hold: HoldId, user: UserId) -> Result<Hold, HoldError> {
        let row = self.known(hold, user)?;
        if let Some(End::Used(reservation)) = row.end {
            return Err(HoldError::Used(reservation));
        }
        let is_whole = row.first.seats.iter().all(|seat| self.seats.is_held_by(seat.id, hold));
        if row.is_live(self.now) && is_whole {
            Ok(row.as_it_stands())
        } else {
            Err(HoldError::Lapsed)
        }
    }

    pub(super) fn promote(&mut self, hold: HoldId, user: UserId, window: Duration) -> Result<Hold, HoldError> {
        let live = self.live(hold, user)?;
        self.prolong(hold, live.expires_at.max(later_by_millis(self.now, window)));
        self.live(hold, user)
    }

    pub(super) fn extend(
        &mut self,
        hold: HoldId,
        user: UserId,
        ttl: Duration,
        lifetime_max: Duration,
    ) -> Result<Hold, HoldError> {
        let live = self.live(hold, user)?;
        let row = self.known(hold, user)?;
        let last = later_by_millis(row.born_at, lifetime_max);
        if row.extended || last <= live.expires_at {
            return Err(HoldError::AtLimit);
        }
        self.prolong(hold, live.expires_at.max(last.min(later_by_millis(self.now, ttl))));
        if let Some(row) = self.holds.get_mut(&hold) {
            row.extended = true;
        }
        self.live(hold, user)
    }

    fn prolong(&mut self, hold: HoldId, expires_at: Timestamp) {
        if let Some(row) = self.holds.get_mut(&hold) {
            self.lapses.remove(&(row.expires_at, hold));
            self.ends.remove(&(row.remembered_until, hold));
            row.expires_at = expires_at;
            row.remembered_until = later(expires_at, row.remember);
            self.lapses.insert((row.expires_at, hold));
            self.ends.insert((row.remembered_until, hold));
        }
    }

    pub(super) fn release(&mut self, hold: HoldId, user: UserId) -> Result<(), HoldError> {
        let row = self.known(hold, user)?;
        if let Some(End::Used(reservation)) = row.end {
            return Err(HoldError::Used(reservation));
        }
        if !row.is_live(self.now) {
            return Err(HoldError::Lapsed);
        }
        self.end(hold, End::Released);
        Ok(())
    }

    /// A reservation was made from the hold, perhaps after it had lapsed. The first use stands.
    pub(super) fn use_up(&mut self, hold: HoldId, user: UserId, reservation: ReservationId) {
        if self
            .known(hold, user)
            .is_ok_and(|row| !matches!(row.end, Some(End::Used(_))))
        {
            self.end(hold, End::Used(reservation));
        }
    }

    fn end(&mut self, hold: HoldId, end: End) {
        self.drop_claims(hold);
        if let Some(row) = self.holds.get_mut(&hold) {
            self.lapses.remove(&(row.expires_at, hold));
            self.ends.remove(&(row.remembered_until, hold));
            row.end = Some(end);
            row.remembered_until = later(self.now, row.remember);
            self.ends.insert((row.remembered_until, hold));
        }
    }

    /// Marks a seat as a reservation's, whoever held it, unless the reservation was freed.
    pub(super) fn take(&mut self, seat: SeatId, reservation: ReservationId, user: UserId, pending: bool) {
        let sale = self.sales.entry(reservation).or_default();
        if sale.freed {
            return;
        }
        sale.seats.insert(seat);
        let pending = pending && !sale.settled;
        self.seats.change(seat, |claims| {
            claims.held = None;
            claims.taken.insert(reservation, Taker { user, pending });
        });
    }

    pub(super) fn settle(&mut self, reservation: ReservationId) {
        let sale = self.sales.entry(reservation).or_default();
        sale.settled = true;
        for seat in &sale.seats {
            self.seats.change(*seat, |claims| {
                if let Some(taker) = claims.taken.get_mut(&reservation) {
                    taker.pending = false;
                }
            });
        }
        self.remember_sale(reservation);
    }

    pub(super) fn free(&mut self, reservation: ReservationId, seats: &[SeatId]) {
        let sale = self.sales.entry(reservation).or_default();
        sale.freed = true;
        for seat in seats {
            if sale.seats.remove(seat) {
                self.seats.change(*seat, |claims| {
                    claims.taken.remove(&reservation);
                });
            }
        }
        self.remember_sale(reservation);
    }

    /// From a day after the last message about it, a reservation without seats may be forgotten.
    fn remember_sale(&mut self, reservation: ReservationId) {
        let ends_at = later(self.now, RESERVATION_KEPT);
        if let Some(sale) = self.sales.get_mut(&reservation) {
            if let Some(before) = sale.ends_at.replace(ends_at) {
                self.sale_ends.remove(&(before, reservation));
            }
            self.sale_ends.insert((ends_at, reservation));
        }
    }

    pub(super) fn warm(&mut self, taken: &[TakenSeat]) {
        for seat in taken {
            self.take(seat.seat, seat.reservation, seat.user, seat.pending);
            if !seat.pending {
                self.settle(seat.reservation);
            }
        }
        self.is_warm = true;
    }

    pub(super) fn snapshot(&self) -> Option<SeatSnapshot> {
        self.is_warm.then(|| SeatSnapshot {
            version: self.seats.version,
            claims: self.seats.shown(),
        })
    }

    pub(super) fn tally(&self) -> Option<SeatTally> {
        self.is_warm.then(|| self.seats.tally())
    }

    /// The numbers of seats of up to `limit` holds that lapsed since the last sweep.
    pub(super) fn sweep(&mut self, limit: usize) -> Vec<usize> {
        let mut swept = Vec::new();
        while swept.len() < limit && self.lapses.first().is_some_and(|(at, _)| *at <= self.now) {
            if let Some((_, hold)) = self.lapses.pop_first()
                && let Some(row) = self.holds.get(&hold)
            {
                swept.push(row.first.seats.len());
            }
        }
        swept
    }

    /// Forgets up to `limit` holds, and as many reservations, that were remembered for long enough; names the holds.
    pub(super) fn forget(&mut self, limit: usize) -> Vec<HoldId> {
        let over: Vec<HoldId> = self
            .ends
            .iter()
            .take_while(|(at, _)| *at <= self.now)
            .map(|(_, id)| *id)
            .take(limit)
            .collect();
        for hold in &over {
            self.forget_hold(*hold);
        }
        for _ in 0..limit {
            let Some(&(at, reservation)) = self.sale_ends.first() else {
                break;
            };
            if at > self.now {
                break;
            }
            self.sale_ends.pop_first();
            if self.sales.get(&reservation).is_some_and(|sale| sale.seats.is_empty()) {
                self.sales.remove(&reservation);
            }
        }
        over
    }

    fn forget_hold(&mut self, hold: HoldId) {
        if let Some(row) = self.holds.remove(&hold) {
            self.lapses.remove(&(row.expires_at, hold));
            self.ends.remove(&(row.remembered_until, hold));
        }
    }

    pub(super) fn remembers(&self, hold: HoldId) -> bool {
        self.holds.contains_key(&hold)
    }
}
