use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::{Claim, LeaseEpoch, PaymentId, ReservationId};
use milo_core::ports::Backlog;

use super::booking_tables::BookingTables;
use crate::memory::clock::since;

/// Claims one payment, if it is due and free.
pub(super) fn claim_one(
    bookings: &mut BookingTables,
    payment: PaymentId,
    lease: Duration,
    now: Timestamp,
) -> Option<Claim> {
    bookings.end_leases(now);
    let id = *bookings.payments.get(&payment)?;
    let row = bookings.rows.get(&id)?;
    let due = row.booking.payment.next_attempt_at.filter(|due| *due <= now)?;
    if bookings.due.contains(&(due, id)) {
        bookings.claim(id, lease, now)
    } else {
        None
    }
}

/// Claims the payments that are due and free, the longest overdue first.
pub(super) fn claim_due(bookings: &mut BookingTables, limit: usize, lease: Duration, now: Timestamp) -> Vec<Claim> {
    bookings.end_leases(now);
    let due: Vec<ReservationId> = overdue(bookings, now).map(|(_, id)| id).take(limit).collect();
    due.into_iter()
        .filter_map(|id| bookings.claim(id, lease, now))
        .collect()
}

/// The claim that `epoch` names, while nobody took it over and no step or time ended it.
pub(super) fn claimed(
    bookings: &mut BookingTables,
    payment: PaymentId,
    epoch: LeaseEpoch,
    now: Timestamp,
) -> Option<Claim> {
    bookings.end_leases(now);
    let row = bookings.rows.get(bookings.payments.get(&payment)?)?;
    (row.epoch == epoch && row.lease_until.is_some()).then(|| row.claimed(now))
}

/// Payments that are due and that nobody drives.
pub(super) fn backlog(bookings: &mut BookingTables, now: Timestamp) -> Backlog {
    bookings.end_leases(now);
    let oldest = overdue(bookings, now).next().map(|(due, _)| since(due, now));
    Backlog {
        count: overdue(bookings, now).count() as u64,
        oldest: oldest.unwrap_or_default(),
    }
}

fn overdue(bookings: &BookingTables, now: Timestamp) -> impl Iterator<Item = (Timestamp, ReservationId)> {
    bookings.due.iter().copied().take_while(move |(due, _)| *due <= now)
}
