use milo_core::domain::{Booking, Guard, NextAttempt, SeatClaims, Transition};
use milo_core::ports::{ApplyError, PortError};
use sqlx::Row;

use super::place::payloads;
use super::{PORT, row};
use crate::postgres::PgStore;
use crate::postgres::duration::interval;
use crate::postgres::failure::Intent;
use crate::postgres::statement::Statement;

/// See [`apply`](milo_core::ports::BookingStore::apply).
pub(super) async fn apply(store: &PgStore, transition: &Transition) -> Result<Booking, ApplyError> {
    let answer = store.the_row(Intent::Write, || statement(transition)).await;
    let answer = answer.map_err(|error| error.on(PORT))?;
    match answer.try_get("outcome") {
        Ok("moved") => Ok(row::booking(&answer)?),
        Ok("stale") => Err(ApplyError::Stale),
        Ok("guard_failed") => Err(ApplyError::GuardFailed),
        _ => Err(PortError::corrupt(PORT, "milo_apply answered with an unknown outcome").into()),
    }
}

fn statement(transition: &Transition) -> Statement {
    let (continues, wait) = match transition.next_attempt {
        NextAttempt::Continue => (true, None),
        NextAttempt::After(wait) => (false, Some(interval(wait))),
        NextAttempt::Never => (false, None),
    };
    let answer = transition.answer.as_ref();
    let messages = &transition.messages;
    sqlx::query(
        "select outcome, (booking).*
         from milo_apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
             $22, $23)",
    )
    .bind(transition.showtime.0)
    .bind(transition.reservation.0)
    .bind(i64::from(transition.expected.0))
    .bind(transition.lease.map(|epoch| i64::from(epoch.0)))
    .bind(guard(transition.guard))
    .bind(transition.from.0.as_str())
    .bind(transition.from.1.as_str())
    .bind(transition.to.0.as_str())
    .bind(transition.to.1.as_str())
    .bind(transition.cancel_requested.map(|reason| reason.as_str()))
    .bind(i64::from(transition.attempts))
    .bind(i64::from(transition.tries))
    .bind(transition.failure.as_ref().map(|failure| failure.as_str()))
    .bind(transition.needs_review)
    .bind(continues)
    .bind(wait)
    .bind(transition.seats == SeatClaims::Release)
    .bind(transition.actor.as_str())
    .bind(transition.cause)
    .bind(answer.map(|answer| answer.key.as_str()))
    .bind(answer.map(|answer| answer.outcome))
    .bind(messages.iter().map(|message| message.id.0).collect::<Vec<_>>())
    .bind(payloads(messages.iter().map(|message| &message.kind)))
}

/// The guard's name in the function.
fn guard(guard: Guard) -> &'static str {
    match guard {
        Guard::None => "none",
        Guard::NotExpired => "not_expired",
        Guard::Expired => "expired",
        Guard::ShowtimeOpen => "showtime_open",
        Guard::ShowtimeNotStarted => "showtime_not_started",
    }
}
