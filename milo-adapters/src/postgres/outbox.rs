use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{Message, MessageId, MessageKind};
use milo_core::ports::{Backlog, Outbox, PortError, TakenMessage};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use super::PgStore;
use super::backlog::backlog_of;
use super::duration::interval;
use super::failure::Intent;
use super::limit::limit;
use super::row::Record;

const PORT: &str = "outbox";

#[async_trait]
impl Outbox for PgStore {
    async fn take(&self, most: usize, lease: Duration) -> Result<Vec<TakenMessage>, PortError> {
        let taken = self.rows(Intent::Write, || {
            sqlx::query(
                "with due as materialized (
                     select showtime_id, id
                     from outbox
                     where delivered_at is null and parked_at is null and available_at <= now()
                     order by written_at, id
                     limit $1
                     for no key update skip locked
                 ), taken as (
                     update outbox set available_at = now() + $2
                     from due
                     where outbox.showtime_id = due.showtime_id and outbox.id = due.id
                     returning outbox.id, outbox.payload, outbox.failures, outbox.written_at
                 )
                 select id, payload, failures from taken order by written_at, id",
            )
            .bind(limit(most))
            .bind(interval(lease))
        });
        let taken = taken.await.map_err(|error| error.on(PORT))?;
        taken.iter().map(taken_message).collect()
    }

    async fn delivered(&self, messages: &[MessageId]) -> Result<(), PortError> {
        if messages.is_empty() {
            return Ok(());
        }
        let marked = self.rows(Intent::Write, || {
            sqlx::query(
                "update outbox set delivered_at = now(), parked_at = null
                 where id = any ($1) and delivered_at is null",
            )
            .bind(messages.iter().map(|message| message.0).collect::<Vec<_>>())
        });
        marked.await.map(drop).map_err(|error| error.on(PORT))
    }

    async fn failed(&self, message: MessageId, retry_after: Option<Duration>) -> Result<(), PortError> {
        let marked = self.rows(Intent::Write, || {
            sqlx::query(
                "update outbox
                 set failures = failures + 1,
                     available_at = coalesce(now() + $2, available_at),
                     parked_at = case when $2 is null then now() end
                 where id = $1 and delivered_at is null and parked_at is null",
            )
            .bind(message.0)
            .bind(retry_after.map(interval))
        });
        marked.await.map(drop).map_err(|error| error.on(PORT))
    }

    async fn backlog(&self) -> Result<Backlog, PortError> {
        let waiting = self.the_row(Intent::Read, || {
            sqlx::query(
                "select count(*) as waiting, now() - min(written_at) as oldest
                 from outbox
                 where delivered_at is null and parked_at is null",
            )
        });
        backlog_of(&waiting.await.map_err(|error| error.on(PORT))?, PORT)
    }

    async fn parked(&self) -> Result<u64, PortError> {
        let parked = self.the_row(Intent::Read, || {
            sqlx::query("select count(*) from outbox where parked_at is not null")
        });
        let parked = parked.await.map_err(|error| error.on(PORT))?;
        let unreadable = |_| PortError::corrupt(PORT, "Postgres counted messages without a number");
        let count: i64 = parked.try_get(0).map_err(unreadable)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

fn taken_message(row: &PgRow) -> Result<TakenMessage, PortError> {
    let record = Record::new(PORT, "outbox", row)?;
    Ok(TakenMessage {
        message: Message {
            id: record.id(),
            kind: record.get::<Json<MessageKind>>("payload")?.0,
        },
        failures: record.parse::<i64, _, _>("failures", u32::try_from)?,
    })
}
