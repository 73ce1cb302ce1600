//! Holds in Redis: every act is one script, so it happens whole or not at all.
//!
//! **Where things lie.** Everything of one showtime lies in one slot (`lua/shared/showtime.lua` lists its keys), and each
//! script is given one showtime. Redis' own clock judges every lifetime.
//!
//! **Finding a hold.** A hold's id does not name its showtime, so each hold has a locator: a key of its own that does. On
//! a single server a script is given the locator and follows it, so every act is one call. In a cluster the locator lies
//! on another node, which changes three things: an acquire first claims the hold's id (one call more); `find`, `promote`,
//! `extend` and `release` look the showtime up unless this process has just used the hold ([`near`]); and `warm` tells
//! the index of showtimes with a call of its own. Also, a cluster's client sends a command again whose connection broke:
//! a `release` or an `extend` that had been done then answers as a second one does, lapsed or at its limit.
//!
//! **Memory.** A hold's record and its locator expire when it need not be remembered any more. The rest of a showtime
//! expires two days after its last change; if it is asked for again it is cold, and the store of record warms it. Nothing
//! has to be swept for its seats to be free; a sweep merely does early what the next act on the showtime would do.

mod acts;
mod cluster;
#[cfg(feature = "fuzzing")]
pub(super) mod fuzzing;
mod near;
mod reply;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{
    Hold, HoldId, HoldRequest, ReservationId, SeatId, SeatSnapshot, SeatTally, ShowtimeId, TakenSeat, UserId,
};
use milo_core::ports::{AcquireError, HoldError, PortError, SeatLocks, Swept};

use self::acts::{ACQUIRE, EXTEND, FIND, FREE, PROMOTE, RELEASE, SETTLE, SNAPSHOT, SWEEP_INDEX, TAKE, TALLY, WARM};
use self::near::Near;
use self::reply::{Reply, body, snapshot, unexpected};
use super::connections::RedisConnections;
use super::errors::Call;
use super::millis;
use super::request::{Script, ScriptCall};

const PORT: &str = "seat_locks";
const READ: Call = Call::read(PORT);
const WRITE: Call = Call::write(PORT);

/// Seat locks over Redis, a single server or a cluster.
#[derive(Debug)]
pub struct RedisSeatLocks {
    connections: RedisConnections,
    near: Near,
}

impl RedisSeatLocks {
    /// The most showtimes that one sweep visits: first those that were not visited for the longest time.
    pub const VISITS_MAX: usize = 100;
    /// How much longer than its hold is remembered at first a locator is kept: longer than a hold can be prolonged.
    pub const LOCATOR_SLACK: Duration = Duration::from_hours(1);
    /// How long the index of showtimes is kept after the last sweep, and any showtime after its last change.
    const KEPT: Duration = Duration::from_hours(48);
    /// The most showtimes that one script counts.
    const TALLIES_MAX: usize = 100;

    /// Seat locks over `connections`.
    pub fn new(connections: RedisConnections) -> Self {
        Self {
            connections,
            near: Near::default(),
        }
    }

    fn on(&self, act: &'static Script, showtime: ShowtimeId) -> ScriptCall<'static> {
        act.on(self.connections.keys().showtime(showtime))
    }

    /// Runs an act on a hold of a user, wherever the hold is.
    async fn on_hold(
        &self,
        act: &'static Script,
        call: Call,
        hold: HoldId,
        user: UserId,
        more: &[u64],
    ) -> Result<Reply, PortError> {
        if self.connections.is_cluster() {
            return self.on_hold_in_cluster(act, call, hold, user, more).await;
        }
        let locator = self.connections.keys().locator(hold);
        self.run_on_hold(act.on(locator), "locator", call, hold, user, more)
            .await
    }

    async fn run_on_hold(
        &self,
        script: ScriptCall<'_>,
        kind: &str,
        call: Call,
        hold: HoldId,
        user: UserId,
        more: &[u64],
    ) -> Result<Reply, PortError> {
        let script = script.arg(kind).arg(hold.to_string()).arg(user.to_string()).arg(more);
        Reply::of(self.connections.ask(call, &script).await?)
    }

    async fn write(&self, script: ScriptCall<'_>) -> Result<(), PortError> {
        self.connections.ask(WRITE, &script).await
    }
}

/// Seats as the scripts take them.
fn listed<'a>(seats: impl IntoIterator<Item = &'a SeatId>) -> String {
    let seats: Vec<String> = seats.into_iter().map(SeatId::to_string).collect();
    seats.join(" ")
}

#[async_trait]
impl SeatLocks for RedisSeatLocks {
    async fn acquire(&self, request: &HoldRequest) -> Result<Hold, AcquireError> {
        let hold = Hold {
            id: request.id,
            user: request.user,
            showtime: request.showtime,
            seats: request.seats.clone(),
            total: request.total,
            price_version: request.price_version,
            expires_at: Timestamp::UNIX_EPOCH,
        };
        let mut seats = hold.seat_ids();
        seats.sort_unstable();
        let mut script = self.on(&ACQUIRE, request.showtime);
        if self.connections.is_cluster() {
            self.claim_id(request).await?;
        } else {
            script = script.key(self.connections.keys().locator(request.id));
        }
        let script = script
            .arg(request.id.to_string())
            .arg(request.user.to_string())
            .arg(listed(&seats))
            .arg(millis(request.ttl))
            .arg(millis(request.remember))
            .arg(millis(Self::LOCATOR_SLACK))
            .arg(request.user_seats_max)
            .arg(body(&hold)?);
        let reply = Reply::of(self.connections.ask(WRITE, &script).await?)?;
        let hold = reply.acquired(hold)?;
        if self.connections.is_cluster() {
            self.near.learn(hold.id, hold.showtime);
        }
        Ok(hold)
    }

    async fn find(&self, hold: HoldId, user: UserId) -> Result<Hold, HoldError> {
        self.on_hold(&FIND, READ, hold, user, &[]).await?.live()
    }

    async fn promote(&self, hold: HoldId, user: UserId, window: Duration) -> Result<Hold, HoldError> {
        let window = [millis(window)];
        self.on_hold(&PROMOTE, WRITE, hold, user, &window).await?.live()
    }

    async fn extend(
        &self,
        hold: HoldId,
        user: UserId,
        ttl: Duration,
        lifetime_max: Duration,
    ) -> Result<Hold, HoldError> {
        let lifetimes = [millis(ttl), millis(lifetime_max)];
        self.on_hold(&EXTEND, WRITE, hold, user, &lifetimes).await?.live()
    }

    async fn release(&self, hold: HoldId, user: UserId) -> Result<(), HoldError> {
        self.on_hold(&RELEASE, WRITE, hold, user, &[]).await?.done()
    }

    async fn take(
        &self,
        showtime: ShowtimeId,
        reservation: ReservationId,
        user: UserId,
        hold: HoldId,
        seats: &[SeatId],
    ) -> Result<(), PortError> {
        let script = self
            .on(&TAKE, showtime)
            .arg(reservation.to_string())
            .arg(user.to_string())
            .arg(hold.to_string())
            .arg(listed(seats));
        self.write(script).await
    }

    async fn settle(&self, showtime: ShowtimeId, reservation: ReservationId) -> Result<(), PortError> {
        self.write(self.on(&SETTLE, showtime).arg(reservation.to_string()))
            .await
    }

    async fn free(&self, showtime: ShowtimeId, reservation: ReservationId, seats: &[SeatId]) -> Result<(), PortError> {
        let script = self.on(&FREE, showtime).arg(reservation.to_string()).arg(listed(seats));
        self.write(script).await
    }

    async fn warm(&self, showtime: ShowtimeId, taken: &[TakenSeat]) -> Result<(), PortError> {
        let mut sold: BTreeMap<(ReservationId, UserId, bool), Vec<&SeatId>> = BTreeMap::new();
        for seat in taken {
            let owner = (seat.reservation, seat.user, seat.pending);
            sold.entry(owner).or_default().push(&seat.seat);
        }
        let mut script = self.on(&WARM, showtime);
        if !self.connections.is_cluster() {
            script = script.key(self.connections.keys().index());
        }
        for ((reservation, user, pending), seats) in sold {
            let state = if pending { "pending" } else { "settled" };
            script = script.arg(format!("{reservation} {user} {state} {}", listed(seats)));
        }
        self.write(script).await?;
        if self.connections.is_cluster()
            && let Err(error) = self.tell_index(showtime).await
        {
            tracing::debug!(%error, "a showtime was not put into the index of those to sweep");
        }
        Ok(())
    }

    async fn snapshot(&self, showtime: ShowtimeId) -> Result<Option<SeatSnapshot>, PortError> {
        snapshot(self.connections.ask(READ, &self.on(&SNAPSHOT, showtime)).await?)
    }

    /// Asked for nothing, it still asks Redis for a sign of life.
    async fn tally(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError> {
        if showtimes.is_empty() {
            self.connections.ping().await?;
        }
        if self.connections.is_cluster() {
            return self.tally_in_cluster(showtimes).await;
        }
        let mut tallies = Vec::with_capacity(showtimes.len());
        for some in showtimes.chunks(Self::TALLIES_MAX) {
            tallies.extend(self.tally_together(some).await?);
        }
        Ok(tallies)
    }

    async fn sweep(&self, limit: usize) -> Result<Swept, PortError> {
        if self.connections.is_cluster() {
            return self.sweep_cluster(limit).await;
        }
        let script = SWEEP_INDEX
            .on(self.connections.keys().index())
            .arg(limit)
            .arg(Self::VISITS_MAX);
        let (holds, seats) = self.connections.ask(WRITE, &script).await?;
        Ok(Swept { holds, seats })
    }
}

impl RedisSeatLocks {
    /// Counts showtimes of one slot, or of one server.
    async fn tally_together(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError> {
        let Some((first, others)) = showtimes.split_first() else {
            return Ok(Vec::new());
        };
        let keys = self.connections.keys();
        let script = others.iter().fold(self.on(&TALLY, *first), |script, showtime| {
            script.key(keys.showtime(*showtime))
        });
        let counts: Vec<i64> = self.connections.ask(READ, &script).await?;
        let (pairs, rest) = counts.as_chunks::<2>();
        if pairs.len() != showtimes.len() || !rest.is_empty() {
            return Err(unexpected());
        }
        let tally = |[held, taken]: &[i64; 2]| {
            Some(SeatTally {
                held: u32::try_from(*held).ok()?,
                taken: u32::try_from(*taken).ok()?,
            })
        };
        Ok(pairs.iter().map(tally).collect())
    }
}
