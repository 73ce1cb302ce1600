use std::time::Duration;

use milo_core::domain::{Claim, LeaseEpoch, PaymentId};
use milo_core::ports::{Backlog, PortError};
use sqlx::postgres::PgRow;

use super::{PORT, row};
use crate::postgres::PgStore;
use crate::postgres::backlog::backlog_of;
use crate::postgres::duration::interval;
use crate::postgres::failure::Intent;
use crate::postgres::limit::limit;
use crate::postgres::row::Record;

pub(super) async fn claim_one(
    store: &PgStore,
    payment: PaymentId,
    lease: Duration,
) -> Result<Option<Claim>, PortError> {
    let claimed = store.row(Intent::Write, || {
        sqlx::query("select lease_epoch, claimed_at, (booking).* from milo_claim_payment($1, $2)")
            .bind(payment.0)
            .bind(interval(lease))
    });
    let claimed = claimed.await.map_err(|error| error.on(PORT))?;
    claimed.as_ref().map(claim).transpose()
}

pub(super) async fn claim_due(store: &PgStore, most: usize, lease: Duration) -> Result<Vec<Claim>, PortError> {
    let claimed = store.rows(Intent::Write, || {
        sqlx::query("select lease_epoch, claimed_at, (booking).* from milo_claim_due_payments($1, $2)")
            .bind(limit(most))
            .bind(interval(lease))
    });
    let claimed = claimed.await.map_err(|error| error.on(PORT))?;
    claimed.iter().map(claim).collect()
}

pub(super) async fn claimed(
    store: &PgStore,
    payment: PaymentId,
    epoch: LeaseEpoch,
) -> Result<Option<Claim>, PortError> {
    let held = store.row(Intent::Read, || {
        sqlx::query(
            "select payments.lease_epoch, now() as claimed_at, bookings.*
             from payments
                 join bookings
                     on bookings.showtime_id = payments.showtime_id and bookings.id = payments.reservation_id
             where payments.id = $1 and payments.lease_epoch = $2 and payments.lease_until > now()",
        )
        .bind(payment.0)
        .bind(i64::from(epoch.0))
    });
    let held = held.await.map_err(|error| error.on(PORT))?;
    held.as_ref().map(claim).transpose()
}

/// Payments that are due and that nobody drives.
pub(super) async fn backlog(store: &PgStore) -> Result<Backlog, PortError> {
    let waiting = store.the_row(Intent::Read, || {
        sqlx::query(
            "select count(*) as waiting, now() - min(next_attempt_at) as oldest
             from payments
             where next_attempt_at <= now() and (lease_until is null or lease_until <= now())",
        )
    });
    backlog_of(&waiting.await.map_err(|error| error.on(PORT))?, PORT)
}

fn claim(row: &PgRow) -> Result<Claim, PortError> {
    let record = Record::identified_by("payment_id", PORT, "payments", row)?;
    Ok(Claim {
        booking: row::booking(row)?,
        epoch: record
            .parse::<i64, _, _>("lease_epoch", u32::try_from)
            .map(LeaseEpoch)?,
        now: record.get::<jiff_sqlx::Timestamp>("claimed_at")?.to_jiff(),
    })
}
