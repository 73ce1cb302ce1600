use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::{
    Booking, BookingCode, Claim, Fingerprint, HoldId, IdempotencyKey, LeaseEpoch, PaymentId, ReservationId,
    ReservationStatus, SeatId, ShowtimeId, ShowtimeStatus, UserId,
};

use super::audit::{AnswerRecord, EventRecord, SeatRecord};
use crate::memory::clock::later;

/// Reservations with their payments, and every index that a question is answered from.
///
/// The indexes below `by_showtime` follow from the rows: they are taken out before a row changes and put back after.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct BookingTables {
    pub(super) rows: BTreeMap<ReservationId, BookingRow>,
    pub(super) codes: BTreeMap<BookingCode, ReservationId>,
    pub(super) payments: BTreeMap<PaymentId, ReservationId>,
    pub(super) holds: BTreeMap<(HoldId, ShowtimeId), ReservationId>,
    keys: BTreeMap<(UserId, IdempotencyKey), KeyedRow>,
    key_ends: BTreeSet<(Timestamp, UserId, IdempotencyKey)>,
    pub(super) by_user: BTreeMap<UserId, BTreeSet<ReservationId>>,
    pub(super) by_showtime: BTreeMap<ShowtimeId, BTreeSet<ReservationId>>,
    /// The unique index over seats that were not released: at most one owner of each seat.
    pub(super) owners: BTreeMap<ShowtimeId, BTreeMap<SeatId, ReservationId>>,
    /// How many seats a user has in open reservations of a showtime.
    open_seats: BTreeMap<(ShowtimeId, UserId), u32>,
    pub(super) pending: BTreeSet<(Timestamp, ReservationId)>,
    /// Payments with work to do that nobody drives, by when it is due.
    pub(super) due: BTreeSet<(Timestamp, ReservationId)>,
    /// Payments with work to do that somebody drives, by when the lease ends.
    leased: BTreeSet<(Timestamp, ReservationId)>,
    pub(super) stranded: BTreeSet<ReservationId>,
    cancelled: BTreeSet<ShowtimeId>,
}

/// One reservation, its payment, and their history.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BookingRow {
    pub(super) booking: Booking,
    pub(super) user_seats_max: u32,
    pub(super) epoch: LeaseEpoch,
    /// Set while somebody drives the payment; it may have passed.
    pub(super) lease_until: Option<Timestamp>,
    pub(super) seats: Vec<SeatRecord>,
    pub(super) events: Vec<EventRecord>,
    pub(super) answers: Vec<AnswerRecord>,
}

/// What a client's key was used for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyedRow {
    pub(super) fingerprint: Fingerprint,
    pub(super) reservation: ReservationId,
    ends_at: Timestamp,
}

impl BookingTables {
    /// How long a key is remembered.
    const KEY_KEPT: Duration = Duration::from_hours(24);

    pub(super) fn insert(&mut self, row: BookingRow) {
        let Booking { reservation, payment } = &row.booking;
        let id = reservation.id;
        self.codes.insert(reservation.code.clone(), id);
        self.payments.insert(payment.id, id);
        self.holds.insert((reservation.hold, reservation.showtime), id);
        self.by_user.entry(reservation.user).or_default().insert(id);
        self.by_showtime.entry(reservation.showtime).or_default().insert(id);
        self.rows.insert(id, row);
        self.put_in(id);
    }

    /// Changes a row, and whatever is indexed by it.
    pub(super) fn change(&mut self, id: ReservationId, change: impl FnOnce(&mut BookingRow)) {
        self.take_out(id);
        if let Some(row) = self.rows.get_mut(&id) {
            change(row);
        }
        self.put_in(id);
    }

    fn put_in(&mut self, id: ReservationId) {
        let Some(row) = self.rows.get(&id) else {
            return;
        };
        let reservation = &row.booking.reservation;
        if reservation.status == ReservationStatus::PendingPayment {
            self.pending.insert((reservation.expires_at, id));
        }
        if let Some(open) = row.open_seats() {
            *self.open_seats.entry(row.open_key()).or_default() += open;
        }
        match (row.booking.payment.next_attempt_at, row.lease_until) {
            (Some(_), Some(until)) => self.leased.insert((until, id)),
            (Some(due), None) => self.due.insert((due, id)),
            (None, _) => false,
        };
        if self.cancelled.contains(&reservation.showtime)
            && reservation.status.owns_seats()
            && reservation.cancel_requested.is_none()
        {
            self.stranded.insert(id);
        }
        let owners = self.owners.entry(reservation.showtime).or_default();
        owners.extend(row.owned().map(|seat| (seat, id)));
    }

    fn take_out(&mut self, id: ReservationId) {
        let Some(row) = self.rows.get(&id) else {
            return;
        };
        let reservation = &row.booking.reservation;
        self.pending.remove(&(reservation.expires_at, id));
        if let Some(open) = row.open_seats()
            && let Some(count) = self.open_seats.get_mut(&row.open_key())
        {
            *count -= open;
            if *count == 0 {
                self.open_seats.remove(&row.open_key());
            }
        }
        if let Some(due) = row.booking.payment.next_attempt_at {
            self.due.remove(&(due, id));
        }
        if let Some(until) = row.lease_until {
            self.leased.remove(&(until, id));
        }
        self.stranded.remove(&id);
        if let Some(owners) = self.owners.get_mut(&reservation.showtime) {
            for seat in row.owned() {
                owners.remove(&seat);
            }
        }
    }

    /// How many seats the user has in open reservations of the showtime.
    pub(super) fn open_seats_of(&self, showtime: ShowtimeId, user: UserId) -> u32 {
        self.open_seats.get(&(showtime, user)).copied().unwrap_or_default()
    }

    /// What the user's key was used for, while it is remembered.
    pub(super) fn keyed(&self, user: UserId, key: &IdempotencyKey, now: Timestamp) -> Option<&KeyedRow> {
        self.keys.get(&(user, key.clone())).filter(|row| now < row.ends_at)
    }

    /// Remembers what a key was used for.
    pub(super) fn remember_key(
        &mut self,
        user: UserId,
        key: IdempotencyKey,
        fingerprint: Fingerprint,
        reservation: ReservationId,
        now: Timestamp,
    ) {
        let ends_at = later(now, Self::KEY_KEPT);
        let row = KeyedRow {
            fingerprint,
            reservation,
            ends_at,
        };
        self.key_ends.insert((ends_at, user, key.clone()));
        if let Some(before) = self.keys.insert((user, key.clone()), row) {
            self.key_ends.remove(&(before.ends_at, user, key));
        }
    }

    /// Forgets up to `limit` keys whose time is over.
    pub(super) fn purge_keys(&mut self, limit: usize, now: Timestamp) -> usize {
        let mut purged = 0;
        while purged < limit && self.key_ends.first().is_some_and(|(end, ..)| *end <= now) {
            if let Some((_, user, key)) = self.key_ends.pop_first() {
                self.keys.remove(&(user, key));
                purged += 1;
            }
        }
        purged
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (&(UserId, IdempotencyKey), &KeyedRow)> {
        self.keys.iter()
    }

    /// A showtime was cancelled, or takes place after all.
    pub(super) fn showtime_changed(&mut self, showtime: ShowtimeId, status: ShowtimeStatus) {
        let changed = match status {
            ShowtimeStatus::Cancelled => self.cancelled.insert(showtime),
            ShowtimeStatus::Scheduled => self.cancelled.remove(&showtime),
        };
        if changed {
            for id in self.by_showtime.get(&showtime).cloned().unwrap_or_default() {
                self.change(id, |_| {});
            }
        }
    }

    /// Gives the payments back whose drivers' leases have ended.
    pub(super) fn end_leases(&mut self, now: Timestamp) {
        while let Some(&(until, id)) = self.leased.first()
            && until <= now
        {
            self.change(id, |row| row.lease_until = None);
        }
    }

    /// Hands a payment to a new driver.
    pub(super) fn claim(&mut self, id: ReservationId, lease: Duration, now: Timestamp) -> Option<Claim> {
        self.change(id, |row| {
            row.epoch = LeaseEpoch(row.epoch.0.saturating_add(1));
            row.lease_until = Some(later(now, lease));
        });
        self.rows.get(&id).map(|row| row.claimed(now))
    }

    /// Whether every index says what the rows say.
    pub(super) fn indexes_are_true(&self) -> bool {
        let mut again = Self {
            cancelled: self.cancelled.clone(),
            ..Self::default()
        };
        for row in self.rows.values() {
            again.insert(row.clone());
        }
        (&self.codes, &self.payments, &self.holds) == (&again.codes, &again.payments, &again.holds)
            && (&self.by_user, &self.by_showtime) == (&again.by_user, &again.by_showtime)
            && (&self.owners, &self.open_seats) == (&again.owners, &again.open_seats)
            && (&self.due, &self.leased) == (&again.due, &again.leased)
            && (&self.pending, &self.stranded) == (&again.pending, &again.stranded)
    }

    pub(super) fn booking(&self, id: &ReservationId) -> Option<Booking> {
        self.rows.get(id).map(|row| row.booking.clone())
    }
}

impl BookingRow {
    pub(super) fn claimed(&self, now: Timestamp) -> Claim {
        Claim {
            booking: self.booking.clone(),
            epoch: self.epoch,
            now,
        }
    }

    fn owned(&self) -> impl Iterator<Item = SeatId> {
        self.seats
            .iter()
            .filter(|seat| seat.released_at.is_none())
            .map(|seat| seat.seat)
    }

    fn open_key(&self) -> (ShowtimeId, UserId) {
        (self.booking.reservation.showtime, self.booking.reservation.user)
    }

    fn open_seats(&self) -> Option<u32> {
        let reservation = &self.booking.reservation;
        let count = || u32::try_from(reservation.seats.len()).unwrap_or(u32::MAX);
        reservation.status.is_open().then(count)
    }
}
