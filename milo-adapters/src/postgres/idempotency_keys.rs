use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{IdempotencyKey, KeyedRequest, UserId};
use milo_core::ports::{IdempotencyKeys, KeyState, PortError, StoredAnswer};
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PgStore;
use super::duration::interval;
use super::failure::Intent;
use super::limit::limit;

const PORT: &str = "idempotency_keys";

/// How long a claim is remembered whose request never ended: as long as the key of one that did, at the least.
const ABANDONED_KEPT: Duration = Duration::from_hours(24);

#[async_trait]
impl IdempotencyKeys for PgStore {
    async fn claim(
        &self,
        user: UserId,
        request: &KeyedRequest,
        ticket: Uuid,
        lease: Duration,
    ) -> Result<KeyState, PortError> {
        let state = self.the_row(Intent::Write, || {
            sqlx::query("select state, status, location, etag, body from milo_claim_key($1, $2, $3, $4, $5, $6)")
                .bind(user.0)
                .bind(request.key.as_str())
                .bind(request.fingerprint.0.as_slice())
                .bind(ticket)
                .bind(interval(lease))
                .bind(interval(ABANDONED_KEPT))
        });
        let state = state.await.map_err(|error| error.on(PORT))?;
        match state.try_get("state") {
            Ok("claimed") => Ok(KeyState::Claimed(ticket)),
            Ok("answered") => answer(&state).map(KeyState::Answered),
            Ok("in_use") => Ok(KeyState::InUse),
            Ok("reused") => Ok(KeyState::Reused),
            _ => Err(PortError::corrupt(
                PORT,
                "milo_claim_key answered with an unknown state",
            )),
        }
    }

    async fn finish(
        &self,
        user: UserId,
        key: &IdempotencyKey,
        ticket: Uuid,
        answer: &StoredAnswer,
        keep: Duration,
    ) -> Result<(), PortError> {
        let kept = self.rows(Intent::Write, || {
            sqlx::query(
                "update idempotency_keys
                 set status = $4, location = $5, etag = $6, body = $7, ends_at = now() + $8
                 where user_id = $1 and key = $2 and ticket = $3 and status is null",
            )
            .bind(user.0)
            .bind(key.as_str())
            .bind(ticket)
            .bind(i32::from(answer.status))
            .bind(answer.location.as_deref())
            .bind(answer.etag.as_deref())
            .bind(answer.body.as_slice())
            .bind(interval(keep))
        });
        kept.await.map(drop).map_err(|error| error.on(PORT))
    }

    async fn abandon(&self, user: UserId, key: &IdempotencyKey, ticket: Uuid) -> Result<(), PortError> {
        let given_back = self.rows(Intent::Write, || {
            sqlx::query(
                "delete from idempotency_keys where user_id = $1 and key = $2 and ticket = $3 and status is null",
            )
            .bind(user.0)
            .bind(key.as_str())
            .bind(ticket)
        });
        given_back.await.map(drop).map_err(|error| error.on(PORT))
    }

    async fn purge(&self, most: usize) -> Result<usize, PortError> {
        let purged = self.the_row(Intent::Write, || {
            sqlx::query(
                "with answers_over as materialized (
                     select user_id, key from idempotency_keys
                     where ends_at <= now()
                     order by ends_at limit $1 for update skip locked
                 ), answers_gone as (
                     delete from idempotency_keys using answers_over as ended
                     where idempotency_keys.user_id = ended.user_id and idempotency_keys.key = ended.key
                     returning 1
                 ), reservations_over as materialized (
                     select user_id, key from reservation_keys
                     where ends_at <= now()
                     order by ends_at limit $1 - (select count(*) from answers_gone) for update skip locked
                 ), reservations_gone as (
                     delete from reservation_keys using reservations_over as ended
                     where reservation_keys.user_id = ended.user_id and reservation_keys.key = ended.key
                     returning 1
                 )
                 select (select count(*) from answers_gone) + (select count(*) from reservations_gone)",
            )
            .bind(limit(most))
        });
        let purged = purged.await.map_err(|error| error.on(PORT))?;
        let count: i64 = purged.try_get(0).map_err(unreadable)?;
        Ok(usize::try_from(count).unwrap_or_default())
    }
}

fn answer(row: &PgRow) -> Result<StoredAnswer, PortError> {
    let status: i32 = row.try_get("status").map_err(unreadable)?;
    Ok(StoredAnswer {
        status: u16::try_from(status).map_err(|_| PortError::corrupt(PORT, "an answer has an impossible status"))?,
        location: row.try_get("location").map_err(unreadable)?,
        etag: row.try_get("etag").map_err(unreadable)?,
        body: row.try_get("body").map_err(unreadable)?,
    })
}

fn unreadable(_: sqlx::Error) -> PortError {
    PortError::corrupt(PORT, "Postgres answered with what cannot be read")
}
