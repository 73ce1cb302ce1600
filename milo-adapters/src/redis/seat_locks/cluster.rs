//! What takes more than one call in a cluster, because it concerns keys of several slots.

use futures_util::future::try_join_all;
use milo_core::domain::{HoldId, HoldRequest, SeatTally, ShowtimeId, UserId};
use milo_core::ports::{AcquireError, PortError, Swept};

use super::acts::SWEEP;
use super::reply::Reply;
use super::{PORT, READ, RedisSeatLocks, WRITE};
use crate::redis::errors::Call;
use crate::redis::keys::Keys;
use crate::redis::millis;
use crate::redis::request::{Command, Script};

impl RedisSeatLocks {
    /// Makes sure that the hold's id is not used in another showtime, and that the hold can be found. An id whose request
    /// was refused is not used: whoever comes next with it may have it.
    pub(super) async fn claim_id(&self, request: &HoldRequest) -> Result<(), AcquireError> {
        if self.near.showtime(request.id) == Some(request.showtime) {
            return Ok(());
        }
        let keys = self.connections.keys();
        let (locator, showtime) = (keys.locator(request.id), keys.showtime(request.showtime));
        let remembered = request.ttl.saturating_add(request.remember);
        let kept = millis(remembered.saturating_add(Self::LOCATOR_SLACK));
        let claim = Command::on("SET", locator.clone())
            .arg(&showtime)
            .arg("NX")
            .arg("GET")
            .arg("PX")
            .arg(kept);
        // A claim that comes to nothing does no harm, so nobody needs to know whether it was made.
        let other: Option<String> = self.connections.ask(READ, &claim).await?;
        let Some(other) = other.filter(|other| *other != showtime) else {
            return Ok(());
        };
        let exists = Command::on("EXISTS", Keys::hold(&other, request.id));
        if self.connections.ask(READ, &exists).await? {
            return Err(AcquireError::IdReused);
        }
        let replace = Command::on("SET", locator).arg(&showtime).arg("PX").arg(kept);
        Ok(self.connections.ask(READ, &replace).await?)
    }

    /// Runs an act on a hold where this process has last seen it, or where its locator says.
    pub(super) async fn on_hold_in_cluster(
        &self,
        act: &'static Script,
        call: Call,
        hold: HoldId,
        user: UserId,
        more: &[u64],
    ) -> Result<Reply, PortError> {
        if let Some(showtime) = self.near.showtime(hold) {
            let script = self.on(act, showtime);
            let reply = self.run_on_hold(script, "showtime", call, hold, user, more).await?;
            if !reply.is_unknown() {
                return Ok(reply);
            }
            // Forgotten there; it may have been made anew elsewhere.
            self.near.forget(hold);
        }
        let locate = Command::on("GET", self.connections.keys().locator(hold));
        let found: Option<String> = self.connections.ask(READ, &locate).await?;
        let Some(key) = found else {
            return Ok(Reply::unknown());
        };
        let Some(showtime) = self.connections.keys().showtime_of(&key) else {
            return Err(PortError::corrupt(PORT, "the locator of a hold names no showtime"));
        };
        self.near.learn(hold, showtime);
        let script = self.on(act, showtime);
        self.run_on_hold(script, "showtime", call, hold, user, more).await
    }

    /// Puts a showtime into the index.
    ///
    /// # Errors
    /// Then its lapsed holds are removed by the next act on it and not by a sweep, which nobody can tell.
    pub(super) async fn tell_index(&self, showtime: ShowtimeId) -> Result<(), PortError> {
        let keys = self.connections.keys();
        let index = keys.index();
        let add = Command::on("ZADD", index.clone())
            .arg("NX")
            .arg(0)
            .arg(keys.showtime(showtime));
        self.connections.ask::<()>(WRITE, &add).await?;
        self.keep_index(index).await
    }

    /// Counts every showtime where it lies, all at the same time.
    pub(super) async fn tally_in_cluster(&self, showtimes: &[ShowtimeId]) -> Result<Vec<Option<SeatTally>>, PortError> {
        let mut tallies = Vec::with_capacity(showtimes.len());
        for some in showtimes.chunks(Self::TALLIES_MAX) {
            let counts = some
                .iter()
                .map(|showtime| self.tally_together(std::slice::from_ref(showtime)));
            tallies.extend(try_join_all(counts).await?.into_iter().flatten());
        }
        Ok(tallies)
    }

    /// Visits showtimes one after another, so that no more holds are removed than the limit says.
    pub(super) async fn sweep_cluster(&self, limit: usize) -> Result<Swept, PortError> {
        let index = self.connections.keys().index();
        let oldest = Command::on("ZRANGE", index.clone()).arg(0).arg(Self::VISITS_MAX - 1);
        let showtimes: Vec<String> = self.connections.ask(READ, &oldest).await?;
        let (mut swept, mut visited, mut gone) = (Swept::default(), Vec::new(), Vec::new());
        for showtime in showtimes {
            let sweep = SWEEP.on(showtime.clone()).arg(limit - swept.holds);
            let (at, holds, seats): (u64, usize, usize) = self.connections.ask(WRITE, &sweep).await?;
            swept.holds += holds;
            swept.seats += seats;
            if at == 0 {
                gone.push(showtime);
            } else if swept.holds < limit {
                visited.push((at, showtime));
            }
            if swept.holds >= limit {
                break;
            }
        }
        self.note_visits(index, &visited, &gone).await?;
        Ok(swept)
    }

    /// Sends the visited showtimes to the end of the row, and takes out those of which nothing is left.
    async fn note_visits(&self, index: String, visited: &[(u64, String)], gone: &[String]) -> Result<(), PortError> {
        if !visited.is_empty() {
            let last = Command::on("ZADD", index.clone()).arg("XX").arg(visited);
            self.connections.ask::<()>(WRITE, &last).await?;
        }
        if !gone.is_empty() {
            let out = Command::on("ZREM", index.clone()).arg(gone);
            self.connections.ask::<()>(WRITE, &out).await?;
        }
        self.keep_index(index).await
    }

    async fn keep_index(&self, index: String) -> Result<(), PortError> {
        let keep = Command::on("PEXPIRE", index).arg(millis(Self::KEPT));
        self.connections.ask(WRITE, &keep).await
    }
}
