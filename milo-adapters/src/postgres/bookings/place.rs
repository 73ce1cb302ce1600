use std::time::Duration;

use milo_core::domain::{MessageKind, Placement, SeatId};
use milo_core::ports::{PlaceError, Placed, PortError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{PORT, row};
use crate::postgres::PgStore;
use crate::postgres::duration::interval;
use crate::postgres::failure::Intent;
use crate::postgres::statement::Statement;

/// How long a key is remembered.
const KEY_KEPT: Duration = Duration::from_hours(24);

/// See [`place`](milo_core::ports::BookingStore::place).
pub(super) async fn place(store: &PgStore, placement: &Placement) -> Result<Placed, PlaceError> {
    // One currency is kept for a reservation and its seats.
    if placement
        .seats
        .iter()
        .any(|seat| seat.price.currency() != placement.total.currency())
    {
        return Err(PortError::refused(PORT, "the seats and their total are in different currencies").into());
    }
    let answer = store.the_row(Intent::Write, || statement(placement)).await;
    let answer = answer.map_err(|error| error.on(PORT))?;
    placed(&answer)
}

fn placed(answer: &PgRow) -> Result<Placed, PlaceError> {
    let outcome: &str = answer.try_get("outcome").map_err(|_| unreadable("outcome"))?;
    match outcome {
        "new" => Ok(Placed::New(row::booking(answer)?)),
        "same_hold" => Ok(Placed::SameHold(row::booking(answer)?)),
        "same_key" => Ok(Placed::SameKey(row::booking(answer)?)),
        "key_reused" => Err(PlaceError::KeyReused),
        "closed" => Err(PlaceError::ShowtimeClosed),
        "price_changed" => Err(PlaceError::PriceChanged),
        "sold" => {
            let seats: Vec<Uuid> = answer.try_get("sold").map_err(|_| unreadable("sold"))?;
            Err(PlaceError::SeatsSold(seats.into_iter().map(SeatId).collect()))
        }
        "too_many" => Err(PlaceError::TooManySeats),
        "code_taken" => Err(PlaceError::CodeTaken),
        "foreign_hold" => Err(PortError::refused(PORT, "the hold was reserved by another user").into()),
        "id_used" => Err(PortError::refused(PORT, "an id of the placement was used before").into()),
        _ => Err(unreadable("outcome").into()),
    }
}

fn unreadable(column: &str) -> PortError {
    PortError::corrupt(PORT, format!("milo_place answered with an unknown {column}"))
}

fn statement(placement: &Placement) -> Statement {
    let seats = &placement.seats;
    let keyed = placement.keyed.as_ref();
    sqlx::query(
        "select outcome, sold, (booking).*
         from milo_place($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
             $22, $23)",
    )
    .bind(placement.showtime.0)
    .bind(placement.reservation.0)
    .bind(placement.payment.0)
    .bind(placement.code.as_str())
    .bind(placement.user.0)
    .bind(placement.hold.0)
    .bind(placement.total.amount())
    .bind(placement.total.currency().as_str())
    .bind(i64::from(placement.price_version.0))
    .bind(i64::from(placement.user_seats_max))
    .bind(interval(placement.pay_within))
    .bind(placement.method.kind.as_str())
    .bind(placement.method.token.expose())
    .bind(keyed.map(|keyed| keyed.key.as_str()))
    .bind(keyed.map(|keyed| keyed.fingerprint.0.as_slice()))
    .bind(interval(KEY_KEPT))
    .bind(seats.iter().map(|seat| seat.id.0).collect::<Vec<_>>())
    .bind(seats.iter().map(|seat| seat.row.as_str()).collect::<Vec<_>>())
    .bind(seats.iter().map(|seat| i32::from(seat.number)).collect::<Vec<_>>())
    .bind(seats.iter().map(|seat| seat.kind.as_str()).collect::<Vec<_>>())
    .bind(seats.iter().map(|seat| seat.price.amount()).collect::<Vec<_>>())
    .bind(
        placement
            .messages
            .iter()
            .map(|message| message.id.0)
            .collect::<Vec<_>>(),
    )
    .bind(payloads(placement.messages.iter().map(|message| &message.kind)))
}

/// What messages say, as the outbox keeps it.
pub(super) fn payloads<'m>(kinds: impl Iterator<Item = &'m MessageKind>) -> Vec<Json<&'m MessageKind>> {
    kinds.map(Json).collect()
}
