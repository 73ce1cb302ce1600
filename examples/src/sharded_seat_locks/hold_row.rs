//! One hold, live or remembered.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_core::domain::{Hold, HoldRequest, ReservationId, UserId};

pub(super) struct HoldRow {
    /// As it was first made.
    pub(super) first: Hold,
    pub(super) born_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) extended: bool,
    /// How it ended before its time, if it did.
    pub(super) end: Option<End>,
    pub(super) remember: Duration,
    pub(super) remembered_until: Timestamp,
}

#[derive(Clone, Copy)]
pub(super) enum End {
    Released,
    Used(ReservationId),
}

impl HoldRow {
    pub(super) fn new(request: &HoldRequest, now: Timestamp) -> Self {
        let expires_at = later_by_millis(now, request.ttl);
        Self {
            first: Hold {
                id: request.id,
                user: request.user,
                showtime: request.showtime,
                seats: request.seats.clone(),
                total: request.total,
                price_version: request.price_version,
                expires_at,
            },
            born_at: now,
            expires_at,
            extended: false,
            end: None,
            remember: request.remember,
            remembered_until: later(expires_at, request.remember),
        }
    }

    /// Whether the request is the one that made this hold.
    pub(super) fn is_of(&self, request: &HoldRequest) -> bool {
        let same_seats = self.first.seats.len() == request.seats.len()
            && request
                .seats
                .iter()
                .all(|seat| self.first.seats.iter().any(|held| held.id == seat.id));
        (self.first.user, self.first.showtime) == (request.user, request.showtime) && same_seats
    }

    pub(super) fn is_of_user(&self, user: UserId, now: Timestamp) -> bool {
        self.first.user == user && now < self.remembered_until
    }

    pub(super) fn is_live(&self, now: Timestamp) -> bool {
        self.end.is_none() && now < self.expires_at
    }

    pub(super) fn as_it_stands(&self) -> Hold {
        Hold {
            expires_at: self.expires_at,
            ..self.first.clone()
        }
    }
}

/// `by` later, at most the end of the calendar.
pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// As [`later`], by whole milliseconds, rounded up.
pub(super) fn later_by_millis(time: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX);
    time.checked_add(SignedDuration::from_millis(millis))
        .unwrap_or(Timestamp::MAX)
}
