//! What clients saw, for the judgement at the end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use milo_core::domain::{Hold, HoldId, IdempotencyKey, Money, ReservationId, SeatId, ShowtimeId, UserId};

/// A hold that its buyer was told of.
#[derive(Clone, Debug)]
pub(crate) struct SeenHold {
    pub(crate) hold: Hold,
    pub(crate) asked_at: Timestamp,
    pub(crate) told_at: Timestamp,
    /// When its buyer asked for something that may end it.
    pub(crate) ended_at: Option<Timestamp>,
}

/// A reservation that its buyer was told of.
#[derive(Clone, Debug)]
pub(crate) struct SeenReservation {
    pub(crate) id: ReservationId,
    pub(crate) user: UserId,
    /// Whether a cancellation was answered with yes.
    pub(crate) is_cancelled: bool,
}

/// A request that was refused for certain, with no try before it whose outcome is unknown.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) user: UserId,
    pub(crate) key: IdempotencyKey,
    pub(crate) hold: Option<HoldId>,
    pub(crate) why: String,
}

/// What a showtime cost, and from when it may have been, and surely was.
#[derive(Clone, Debug)]
pub(crate) struct PriceList {
    pub(crate) showtime: ShowtimeId,
    pub(crate) costs: BTreeMap<SeatId, Money>,
    pub(crate) from: Timestamp,
    /// From when on it was no longer the price.
    pub(crate) until: Timestamp,
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) holds: Vec<SeenHold>,
    pub(crate) reservations: Vec<SeenReservation>,
    pub(crate) refused: Vec<Refused>,
    /// What a client saw that must not be.
    pub(crate) complaints: Vec<String>,
    pub(crate) wipes_of_locks: Vec<Timestamp>,
    pub(crate) cancelled_showtimes: BTreeMap<ShowtimeId, Timestamp>,
    pub(crate) prices: Vec<PriceList>,
    /// How often each thing happened.
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) shoppers: usize,
}

/// Shared by everybody in a world.
#[derive(Clone, Default)]
pub(crate) struct History(Arc<Mutex<Seen>>);

impl History {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn count(&self, what: impl Into<String>) {
        self.with(|seen| *seen.counts.entry(what.into()).or_default() += 1);
    }

    pub(crate) fn complain(&self, complaint: String) {
        self.with(|seen| seen.complaints.push(complaint));
    }

    /// The buyer asks for something that may end the hold.
    pub(crate) fn ending(&self, hold: HoldId, at: Timestamp) {
        self.with(|seen| {
            for known in &mut seen.holds {
                if known.hold.id == hold {
                    known.ended_at.get_or_insert(at);
                }
            }
        });
    }
}
