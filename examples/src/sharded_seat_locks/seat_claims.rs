//! Who claims which seat of one showtime.

use std::collections::{BTreeMap, HashMap};

use milo_core::domain::{HoldId, ReservationId, SeatClaim, SeatId, SeatTally, UserId};

#[derive(Default)]
pub(super) struct SeatClaims {
    claims: HashMap<SeatId, Claims>,
    /// Raised with every change that a snapshot shows.
    pub(super) version: u64,
}

/// The claims on one seat. What two reservations send may arrive in any order, so a seat may have several takers for a
/// moment; it is free when the last of them has given it back.
#[derive(Default)]
pub(super) struct Claims {
    pub(super) held: Option<(HoldId, UserId)>,
    pub(super) taken: BTreeMap<ReservationId, Taker>,
}

pub(super) struct Taker {
    pub(super) user: UserId,
    pub(super) pending: bool,
}

impl Claims {
    fn shown(&self) -> Option<SeatClaim> {
        match (self.taken.last_key_value(), self.held) {
            (Some((&reservation, _)), _) => Some(SeatClaim::Taken { reservation }),
            (None, Some((hold, user))) => Some(SeatClaim::Held { hold, user }),
            (None, None) => None,
        }
    }

    /// How often the seat counts against the user's limit.
    fn counted(&self, user: UserId) -> usize {
        let held = self.held.is_some_and(|(_, holder)| holder == user);
        let pending = self.taken.values().filter(|taker| taker.pending && taker.user == user);
        usize::from(held) + pending.count()
    }
}

impl SeatClaims {
    /// The only way in: keeps the version true and the map free of seats that nobody claims.
    pub(super) fn change(&mut self, seat: SeatId, change: impl FnOnce(&mut Claims)) {
        let claims = self.claims.entry(seat).or_default();
        let before = claims.shown();
        change(claims);
        let after = claims.shown();
        if after.is_none() {
            self.claims.remove(&seat);
        }
        if before != after {
            self.version += 1;
        }
    }

    pub(super) fn is_free(&self, seat: SeatId) -> bool {
        !self.claims.contains_key(&seat)
    }

    pub(super) fn is_held_by(&self, seat: SeatId, hold: HoldId) -> bool {
        let held = self.claims.get(&seat).and_then(|claims| claims.held);
        held.is_some_and(|(holder, _)| holder == hold)
    }

    pub(super) fn of_user(&self, user: UserId) -> usize {
        self.claims.values().map(|claims| claims.counted(user)).sum()
    }

    pub(super) fn tally(&self) -> SeatTally {
        let taken = self.claims.values().filter(|claims| !claims.taken.is_empty()).count();
        let count = |seats: usize| u32::try_from(seats).unwrap_or(u32::MAX);
        SeatTally {
            held: count(self.claims.len() - taken),
            taken: count(taken),
        }
    }

    pub(super) fn shown(&self) -> Vec<(SeatId, SeatClaim)> {
        let claims = self.claims.iter();
        claims
            .filter_map(|(seat, claims)| Some((*seat, claims.shown()?)))
            .collect()
    }
}
