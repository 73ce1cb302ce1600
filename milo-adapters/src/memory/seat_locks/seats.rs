//! The claims on the seats of one showtime, counted as they change.

use std::collections::BTreeMap;

use milo_core::domain::{HoldId, ReservationId, SeatClaim, SeatId, SeatTally, UserId};
use milo_core::planted::{Bug, is_planted};

/// Claims by seat. Every change goes through [`change`](Self::change), so the counts are always true.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seats {
    claims: BTreeMap<SeatId, Claims>,
    tally: SeatTally,
    /// How many seats each user has held or pending.
    of_users: BTreeMap<UserId, u32>,
    changed: bool,
}

/// Who claims one seat. `take` and `free` of two reservations may arrive in any order, so a seat may have several
/// takers for a moment; it is free when the last of them has given it back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) held: Option<(HoldId, UserId)>,
    pub(super) taken: BTreeMap<ReservationId, Taker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taker {
    pub(super) user: UserId,
    pub(super) pending: bool,
}

impl Claims {
    fn shown(&self) -> Option<SeatClaim> {
        match self.taken.last_key_value() {
            Some((reservation, _)) => Some(SeatClaim::Taken {
                reservation: *reservation,
            }),
            None => self.held.map(|(hold, user)| SeatClaim::Held { hold, user }),
        }
    }

    /// The users whose limit the seat counts against.
    fn counted(&self) -> impl Iterator<Item = UserId> {
        let pending = self
            .taken
            .values()
            .filter(|taker| taker.pending)
            .map(|taker| taker.user);
        self.held.map(|(_, user)| user).into_iter().chain(pending)
    }
}

impl Seats {
    pub(super) fn change(&mut self, seat: SeatId, change: impl FnOnce(&mut Claims)) {
        let before = self.claims.remove(&seat).unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        if before.shown() != after.shown() {
            self.changed = true;
        }
        self.count(&before, false);
        self.count(&after, true);
        if after != Claims::default() {
            self.claims.insert(seat, after);
        }
    }

    fn count(&mut self, claims: &Claims, add: bool) {
        let step = |count: &mut u32| *count = if add { *count + 1 } else { count.saturating_sub(1) };
        match claims.shown() {
            Some(SeatClaim::Held { .. }) => step(&mut self.tally.held),
            Some(SeatClaim::Taken { .. }) => step(&mut self.tally.taken),
            None => {}
        }
        for user in claims.counted().filter(|_| add || !is_planted(Bug::QuotaNotReturned)) {
            let count = self.of_users.entry(user).or_default();
            step(count);
            if *count == 0 {
                self.of_users.remove(&user);
            }
        }
    }

    pub(super) fn is_free(&self, seat: &SeatId) -> bool {
        !self.claims.contains_key(seat)
    }

    pub(super) fn holder(&self, seat: &SeatId) -> Option<HoldId> {
        self.claims
            .get(seat)
            .and_then(|claims| claims.held)
            .map(|(hold, _)| hold)
    }

    pub(super) fn of_user(&self, user: UserId) -> u32 {
        self.of_users.get(&user).copied().unwrap_or_default()
    }

    pub(super) fn tally(&self) -> SeatTally {
        self.tally
    }

    pub(super) fn shown(&self) -> Vec<(SeatId, SeatClaim)> {
        let claims = self.claims.iter();
        claims
            .filter_map(|(seat, claims)| Some((*seat, claims.shown()?)))
            .collect()
    }

    /// Whether anything that a snapshot shows has changed since the last call.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}
