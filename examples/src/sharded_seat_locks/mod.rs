//! A lock store of one's own: holds in one process, spread over many mutexes, so that showtimes do not wait for each
//! other. It passes the same conformance suite as Milo's own adapters; see `tests/it`.

mod hold_row;
mod seat_claims;
mod shards;
mod show;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{
    Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, ShowtimeId, TakenSeat, UserId,
};
use milo_core::ports::{AcquireError, Clock, HoldError, PortError, SeatLocks, Swept};

use shards::Shards;
use show::Show;

/// Holds in the memory of one process. Each showtime is one atomic world under the lock of its shard.
///
/// Everything is lost with the process, which the core can take: every showtime is cold again then. What a showtime
/// costs in memory, some hundred bytes and what its claims need, is kept for the process's life.
pub struct ShardedSeatLocks {
    clock: Arc<dyn Clock>,
    /// The showtime of each hold. A call that names a hold has its shard locked for as long as it acts, and locks the
    /// showtime's after it, never before: so there is no circle to wait in, and no hold lives in two showtimes.
    homes: Shards<HoldId, ShowtimeId>,
    shows: Shards<ShowtimeId, Show>,
}

impl ShardedSeatLocks {
    /// Locks that know nothing yet, judging by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            homes: Shards::new(),
            shows: Shards::new(),
        }
    }

    /// Acts on the showtime alone. The time is read under the lock, so that times are in the order of the acts.
    fn on<T>(&self, showtime: ShowtimeId, act: impl FnOnce(&mut Show) -> T) -> T {
        let mut shows = self.shows.of(&showtime);
        let show = shows.entry(showtime).or_default();
        show.turn_to(self.clock.now());
        act(show)
    }

    /// Acts on the showtime of a hold.
    fn on_home<T>(&self, hold: HoldId, act: impl FnOnce(&mut Show) -> Result<T, HoldError>) -> Result<T, HoldError> {
        let homes = self.homes.of(&hold);
        let home = *homes.get(&hold).ok_or(HoldError::Unknown)?;
        self.on(home, act)
    }
}

impl fmt::Debug for ShardedSeatLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardedSeatLocks").finish_non_exhaustive()
    }
}

#[async_trait]
impl SeatLocks for ShardedSeatLocks {
    async fn acquire(&self, request: &HoldRequest) -> Result<Hold, AcquireError> {
        let mut homes = self.homes.of(&request.id);
        if let Some(home) = homes.get(&request.id)
            && let Some(answer) = self.on(*home, |show| show.answered_before(request))
        {
            return answer;
        }
        let hold = self.on(request.showtime, |show| show.acquire(request))?;
        homes.insert(request.id, request.showtime);
        Ok(hold)
    }

    async fn find(&self, hold: HoldId, user: UserId) -> Result<Hold, HoldError> {
        self.on_home(hold, |show| show.live(hold, user))
    }

    async fn promote(&self, hold: HoldId, user: UserId, window: Duration) -> Result<Hold, HoldError> {
        self.on_home(hold, |show| show.promote(hold, user, window))
    }

    async fn extend(
        &self,
        hold: HoldId,
        user: UserId,
        ttl: Duration,
        lifetime_max: Duration,
    ) -> Result<Hold, HoldError> {
        self.on_home(hold, |show| show.extend(hold, user, ttl, lifetime_max))
    }

    async fn release(&self, hold: HoldId, user: UserId) -> Result<(), HoldError> {
        self.on_home(hold, |show| show.release(hold, user))
    }

    async fn take(
        &self,
        showtime: ShowtimeId,
        reservation: ReservationId,
        user: UserId,
        hold: HoldId,
        seats: &[SeatId],
    ) -> Result<(), PortError> {
        self.on(showtime, |show| {
            show.use_up(hold, user, reservation);
            for seat in seats {
                show.take(*seat, reservation, user, true);
            }
        });
        Ok(())
    }

    async fn settle(&self, showtime: ShowtimeId, reservation: ReservationId) -> Result<(), PortError> {
        self.on(showtime, |show| show.settle(reservation));
        Ok(())
    }

    async fn free(&self, showtime: ShowtimeId, reservation: ReservationId, seats: &[SeatId]) -> Result<(), PortError> {
        self.on(showtime, |show| show.free(reservation, seats));
        Ok(())
    }

    async fn warm(&self, showtime: ShowtimeId, taken: &[TakenSeat]) -> Result<(), PortError> {
        self.on(showtime, |show| show.warm(taken));
        Ok(())
    }

    async fn snapshot(&self, showtime: ShowtimeId) -> Result<Option<SeatSnapshot>, PortError> {
        let mut shows = self.shows.of(&showtime);
        Ok(shows.get_mut(&showtime).and_then(|show| {
            show.turn_to(self.clock.now());
            show.snapshot()
        }))
    }

    async fn tally(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError> {
        let tally = |showtime: &ShowtimeId| {
            let mut shows = self.shows.of(showtime);
            let show = shows.get_mut(showtime)?;
            show.turn_to(self.clock.now());
            show.tally()
        };
        Ok(showtimes.iter().map(tally).collect())
    }

    async fn sweep(&self, limit: usize) -> Result<Swept, PortError> {
        let (mut swept, mut forgotten) = (Swept::default(), Vec::new());
        self.shows.each(|_, show| {
            show.turn_to(self.clock.now());
            for seats in show.sweep(limit - swept.holds) {
                swept.holds += 1;
                swept.seats += seats;
            }
            forgotten.extend(show.forget(limit.saturating_sub(forgotten.len())));
        });
        for hold in forgotten {
            // Only now, and looked at again: a hold's shard is never locked after a showtime's.
            let mut homes = self.homes.of(&hold);
            if let Some(home) = homes.get(&hold)
                && !self.on(*home, |show| show.remembers(hold))
            {
                homes.remove(&hold);
            }
        }
        Ok(swept)
    }
}
