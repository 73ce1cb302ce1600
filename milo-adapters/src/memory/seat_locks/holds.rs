//! Holds by id, live ones and those that are only remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::{Hold, HoldId, HoldRequest, ReservationId, ShowtimeId, UserId};
use milo_core::planted::{Bug, is_planted};
use milo_core::ports::HoldError;

use crate::memory::clock::later;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Holds {
    rows: BTreeMap<HoldId, HoldRow>,
    /// Holds that nobody ended, by when they lapse.
    lapses: BTreeSet<(Timestamp, HoldId)>,
    /// By when they may be forgotten.
    ends: BTreeSet<(Timestamp, HoldId)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct HoldRow {
    /// The hold as it was first made.
    pub(super) first: Hold,
    pub(super) born_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) extended: bool,
    /// How it ended before its time, if it did.
    pub(super) end: Option<End>,
    remember: Duration,
    remembered_until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Released,
    Used(ReservationId),
}

impl HoldRow {
    pub(super) fn new(first: Hold, now: Timestamp, remember: Duration) -> Self {
        Self {
            born_at: now,
            expires_at: first.expires_at,
            extended: false,
            end: None,
            remember,
            remembered_until: later(first.expires_at, remember),
            first,
        }
    }

    /// Whether the request is the one that made this hold.
    pub(super) fn is_of(&self, request: &HoldRequest) -> bool {
        let seats = |seats: &[milo_core::domain::PricedSeat]| seats.iter().map(|seat| seat.id).collect::<BTreeSet<_>>();
        self.first.user == request.user
            && self.first.showtime == request.showtime
            && seats(&self.first.seats) == seats(&request.seats)
    }

    pub(super) fn as_it_stands(&self) -> Hold {
        Hold {
            expires_at: self.expires_at,
            ..self.first.clone()
        }
    }
}

impl Holds {
    pub(super) fn insert(&mut self, row: HoldRow) {
        let id = row.first.id;
        self.remove(id);
        self.lapses.insert((row.expires_at, id));
        self.ends.insert((row.remembered_until, id));
        self.rows.insert(id, row);
    }

    fn remove(&mut self, hold: HoldId) {
        if let Some(row) = self.rows.remove(&hold) {
            self.lapses.remove(&(row.expires_at, hold));
            self.ends.remove(&(row.remembered_until, hold));
        }
    }

    pub(super) fn remembered(&self, hold: HoldId, now: Timestamp) -> Option<&HoldRow> {
        self.rows.get(&hold).filter(|row| now < row.remembered_until)
    }

    /// The user's hold, whatever became of it.
    pub(super) fn known(&mut self, hold: HoldId, user: UserId, now: Timestamp) -> Result<&mut HoldRow, HoldError> {
        self.rows
            .get_mut(&hold)
            .filter(|row| (row.first.user == user || is_planted(Bug::AnybodyReleases)) && now < row.remembered_until)
            .ok_or(HoldError::Unknown)
    }

    /// Makes a hold last until `expires_at`; gives back its showtime and when it would have lapsed.
    pub(super) fn prolong(&mut self, hold: HoldId, expires_at: Timestamp) -> Option<(ShowtimeId, Timestamp)> {
        let row = self.rows.get_mut(&hold)?;
        let before = row.expires_at;
        self.lapses.remove(&(before, hold));
        self.lapses.insert((expires_at, hold));
        self.ends.remove(&(row.remembered_until, hold));
        row.expires_at = expires_at;
        row.remembered_until = later(expires_at, row.remember);
        self.ends.insert((row.remembered_until, hold));
        Some((row.first.showtime, before))
    }

    /// Ends a hold before its time, or says what became of one that had lapsed. The first use stands.
    pub(super) fn end(&mut self, hold: HoldId, end: End, now: Timestamp) {
        if let Some(row) = self.rows.get_mut(&hold)
            && !matches!(row.end, Some(End::Used(_)))
        {
            self.lapses.remove(&(row.expires_at, hold));
            self.ends.remove(&(row.remembered_until, hold));
            row.end = Some(end);
            row.remembered_until = later(now, row.remember);
            self.ends.insert((row.remembered_until, hold));
        }
    }

    /// Up to `limit` holds that lapsed and were not swept before, with their showtimes and how many seats they had.
    pub(super) fn sweep_lapsed(&mut self, limit: usize, now: Timestamp) -> Vec<(HoldId, ShowtimeId, usize)> {
        let mut swept = Vec::new();
        while swept.len() < limit && self.lapses.first().is_some_and(|(lapses, _)| *lapses <= now) {
            if let Some((_, hold)) = self.lapses.pop_first()
                && let Some(row) = self.rows.get(&hold)
            {
                swept.push((hold, row.first.showtime, row.first.seats.len()));
            }
        }
        swept
    }

    /// Forgets up to `limit` holds that were remembered for long enough.
    pub(super) fn forget(&mut self, limit: usize, now: Timestamp) {
        for _ in 0..limit {
            match self.ends.first() {
                Some(&(end, hold)) if end <= now => self.remove(hold),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
impl Holds {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.lapses.is_empty() && self.ends.is_empty()
    }
}
