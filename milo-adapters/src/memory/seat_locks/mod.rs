//! Holds in memory, as honest as holds in another process: everything may be lost at once
//! ([`wipe`](MemorySeatLocks::wipe)).

mod holds;
mod seats;
mod showtime;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{
    Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, ShowtimeId, TakenSeat, UserId,
};
use milo_core::ports::{AcquireError, Clock, HoldError, PortError, SeatLocks, Swept};

use super::clock::{later, later_by_millis};
use super::lock;
use holds::{End, HoldRow, Holds};
use showtime::Showtime;

/// How long a reservation that was freed, or settled before it was taken, is remembered at least.
const RESERVATION_KEPT: Duration = Duration::from_hours(24);

/// Holds and sold seats in memory, on a clock that stands for the lock store's own.
pub struct MemorySeatLocks {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    showtimes: BTreeMap<ShowtimeId, Showtime>,
    holds: Holds,
    /// When what is remembered of a reservation that owns no seats may be forgotten.
    reservation_ends: BTreeSet<(Timestamp, ShowtimeId, ReservationId)>,
    /// The last version given out. It outlives a wipe, so that no version ever names two different snapshots.
    versions: u64,
}

impl MemorySeatLocks {
    /// Locks that know nothing yet: every showtime is cold.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        // Versions go on where those of an earlier process ended: it did not change a claim every microsecond.
        let versions = u64::try_from(clock.now().as_microsecond()).unwrap_or_default();
        let state = State {
            versions,
            ..State::default()
        };
        Self {
            clock,
            state: Mutex::new(state),
        }
    }

    /// Loses everything, as a restarted lock store does: every hold is gone, every showtime is cold.
    pub fn wipe(&self) {
        let mut state = lock(&self.state);
        *state = State {
            versions: state.versions,
            ..State::default()
        };
    }

    /// Everything that is known, to be compared with what is known later.
    pub fn contents(&self) -> impl PartialEq + fmt::Debug + Send + use<> {
        self.act().0.clone()
    }

    fn act(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = lock(&self.state);
        let now = self.clock.now();
        (state, now)
    }
}

impl fmt::Debug for MemorySeatLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySeatLocks").finish_non_exhaustive()
    }
}

impl State {
    /// Runs `act` on a showtime from which lapsed holds are gone, and raises its version if a claim changed.
    fn on<T>(&mut self, showtime: ShowtimeId, now: Timestamp, act: impl FnOnce(&mut Showtime, &mut Holds) -> T) -> T {
        let row = self.showtimes.entry(showtime).or_default();
        row.drop_lapsed(now);
        let answer = act(row, &mut self.holds);
        if row.take_changed() {
            self.versions += 1;
            row.version = self.versions;
        }
        answer
    }

    /// The user's hold, if it can be used: live, and still with all its seats.
    fn live(&mut self, hold: HoldId, user: UserId, now: Timestamp) -> Result<&mut HoldRow, HoldError> {
        let row = self.holds.known(hold, user, now)?;
        let (showtime, seats) = (row.first.showtime, row.first.seat_ids());
        let whole = self.on(showtime, now, |showtime, _| showtime.holds_all(hold, &seats));
        let row = self.holds.known(hold, user, now)?;
        match row.end {
            Some(End::Used(reservation)) => Err(HoldError::Used(reservation)),
            None if whole && now < row.expires_at => Ok(row),
            Some(End::Released) | None => Err(HoldError::Lapsed),
        }
    }

    /// Makes a hold last until `expires_at`.
    fn prolong(&mut self, hold: HoldId, expires_at: Timestamp) {
        if let Some((showtime, before)) = self.holds.prolong(hold, expires_at)
            && let Some(row) = self.showtimes.get_mut(&showtime)
        {
            row.prolong(hold, before, expires_at);
        }
    }

    /// Forgets, from `end` on, a reservation that owns no seats.
    fn forget_later(&mut self, showtime: ShowtimeId, reservation: ReservationId, now: Timestamp) {
        let end = later(now, RESERVATION_KEPT);
        if let Some(row) = self.showtimes.get_mut(&showtime)
            && let Some(before) = row.forget_from(reservation, end)
        {
            if let Some(before) = before {
                self.reservation_ends.remove(&(before, showtime, reservation));
            }
            self.reservation_ends.insert((end, showtime, reservation));
        }
    }

    fn forget_reservations(&mut self, limit: usize, now: Timestamp) {
        for _ in 0..limit {
            match self.reservation_ends.first() {
                Some(&(end, showtime, reservation)) if end <= now => {
                    self.reservation_ends.pop_first();
                    if let Some(row) = self.showtimes.get_mut(&showtime) {
                        row.forget(reservation, end);
                    }
                }
                _ => return,
            }
        }
    }
}

#[async_trait]
impl SeatLocks for MemorySeatLocks {
    async fn acquire(&self, request: &HoldRequest) -> Result<Hold, AcquireError> {
        let (mut state, now) = self.act();
        if let Some(known) = state.holds.remembered(request.id, now) {
            return if known.is_of(request) {
                Ok(known.first.clone())
            } else {
                Err(AcquireError::IdReused)
            };
        }
        state.on(request.showtime, now, |showtime, holds| {
            showtime.check(request)?;
            let hold = Hold {
                id: request.id,
                user: request.user,
                showtime: request.showtime,
                seats: request.seats.clone(),
                total: request.total,
                price_version: request.price_version,
                expires_at: later_by_millis(now, request.ttl),
            };
            showtime.hold(&hold);
            holds.insert(HoldRow::new(hold.clone(), now, request.remember));
            Ok(hold)
        })
    }

    async fn find(&self, hold: HoldId, user: UserId) -> Result<Hold, HoldError> {
        let (mut state, now) = self.act();
        state.live(hold, user, now).map(|row| row.as_it_stands())
    }

    async fn promote(&self, hold: HoldId, user: UserId, window: Duration) -> Result<Hold, HoldError> {
        let (mut state, now) = self.act();
        let row = state.live(hold, user, now)?;
        let expires_at = row.expires_at.max(later_by_millis(now, window));
        state.prolong(hold, expires_at);
        state.live(hold, user, now).map(|row| row.as_it_stands())
    }

    async fn extend(
        &self,
        hold: HoldId,
        user: UserId,
        ttl: Duration,
        lifetime_max: Duration,
    ) -> Result<Hold, HoldError> {
        let (mut state, now) = self.act();
        let row = state.live(hold, user, now)?;
        let last = later_by_millis(row.born_at, lifetime_max);
        if row.extended || last <= row.expires_at {
            return Err(HoldError::AtLimit);
        }
        row.extended = true;
        let expires_at = row.expires_at.max(last.min(later_by_millis(now, ttl)));
        state.prolong(hold, expires_at);
        state.live(hold, user, now).map(|row| row.as_it_stands())
    }

    async fn release(&self, hold: HoldId, user: UserId) -> Result<(), HoldError> {
        let (mut state, now) = self.act();
        let row = state.holds.known(hold, user, now)?;
        match row.end {
            Some(End::Used(reservation)) => return Err(HoldError::Used(reservation)),
            None if now < row.expires_at => {}
            Some(End::Released) | None => return Err(HoldError::Lapsed),
        }
        let (showtime, expires_at) = (row.first.showtime, row.expires_at);
        state.on(showtime, now, |showtime, _| showtime.drop_hold(hold, expires_at));
        state.holds.end(hold, End::Released, now);
        Ok(())
    }

    async fn take(
        &self,
        showtime: ShowtimeId,
        reservation: ReservationId,
        user: UserId,
        hold: HoldId,
        seats: &[SeatId],
    ) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        state.on(showtime, now, |row, holds| {
            // Only the showtime's own hold of that user: an id of another one cannot free anybody's seats.
            let used = holds
                .remembered(hold, now)
                .filter(|hold| hold.first.showtime == showtime && hold.first.user == user)
                .map(|hold| hold.expires_at);
            if let Some(expires_at) = used {
                row.drop_hold(hold, expires_at);
                holds.end(hold, End::Used(reservation), now);
            }
            for seat in seats {
                row.take(*seat, reservation, user, true);
            }
        });
        Ok(())
    }

    async fn settle(&self, showtime: ShowtimeId, reservation: ReservationId) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        state.on(showtime, now, |row, _| row.settle(reservation));
        state.forget_later(showtime, reservation, now);
        Ok(())
    }

    async fn free(&self, showtime: ShowtimeId, reservation: ReservationId, seats: &[SeatId]) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        state.on(showtime, now, |row, _| row.free(reservation, seats));
        state.forget_later(showtime, reservation, now);
        Ok(())
    }

    async fn warm(&self, showtime: ShowtimeId, taken: &[TakenSeat]) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        state.on(showtime, now, |row, _| {
            for seat in taken {
                row.take(seat.seat, seat.reservation, seat.user, seat.pending);
                if !seat.pending {
                    row.settle(seat.reservation);
                }
            }
            row.make_warm();
        });
        Ok(())
    }

    async fn snapshot(&self, showtime: ShowtimeId) -> Result<Option<SeatSnapshot>, PortError> {
        let (mut state, now) = self.act();
        if !state.showtimes.contains_key(&showtime) {
            return Ok(None);
        }
        state.on(showtime, now, |_, _| {});
        Ok(state.showtimes.get(&showtime).and_then(Showtime::snapshot))
    }

    async fn tally(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError> {
        let (mut state, now) = self.act();
        let tally = |showtime: &ShowtimeId| {
            if !state.showtimes.contains_key(showtime) {
                return None;
            }
            state.on(*showtime, now, |row, _| row.tally())
        };
        Ok(showtimes.iter().map(tally).collect())
    }

    async fn sweep(&self, limit: usize) -> Result<Swept, PortError> {
        let (mut state, now) = self.act();
        let mut swept = Swept::default();
        for (hold, showtime, seats) in state.holds.sweep_lapsed(limit, now) {
            // Its seats went when it lapsed, as far as anybody could see; now they go for good.
            state.on(showtime, now, |_, _| {});
            tracing::trace!(hold.id = %hold, "a lapsed hold was swept");
            swept.holds += 1;
            swept.seats += seats;
        }
        state.holds.forget(limit, now);
        state.forget_reservations(limit, now);
        Ok(swept)
    }
}
