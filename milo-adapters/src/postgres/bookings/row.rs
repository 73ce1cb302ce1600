use milo_core::domain::{
    Booking, BookingCode, Currency, Money, Payment, PaymentFailure, PaymentMethod, PaymentToken, PricedSeat,
    Reservation, RowLabel, SeatId, SeatKind,
};
use milo_core::ports::PortError;
use serde::de::value::{Error as UnknownName, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::PORT;
use crate::postgres::row::Record;

/// A row of the view `bookings`.
pub(super) fn booking(row: &PgRow) -> Result<Booking, PortError> {
    Ok(Booking {
        reservation: reservation(&Record::new(PORT, "reservations", row)?)?,
        payment: payment(&Record::identified_by("payment_id", PORT, "payments", row)?)?,
    })
}

pub(super) fn bookings(rows: &[PgRow]) -> Result<Vec<Booking>, PortError> {
    rows.iter().map(booking).collect()
}

fn reservation(record: &Record<'_>) -> Result<Reservation, PortError> {
    let currency = currency(record, "currency")?;
    Ok(Reservation {
        id: record.id(),
        code: record.parse("code", BookingCode::parse)?,
        showtime: record.get::<Uuid>("showtime_id")?.into(),
        user: record.get::<Uuid>("user_id")?.into(),
        hold: record.get::<Uuid>("hold_id")?.into(),
        status: record.parse("status", named)?,
        version: record.version("version")?,
        seats: seats(record, currency)?,
        total: record.parse("total_minor", |minor| Money::parse(minor, currency))?,
        cancel_requested: record.parse_optional("cancel_requested", named)?,
        expires_at: record.get::<jiff_sqlx::Timestamp>("expires_at")?.to_jiff(),
        created_at: record.get::<jiff_sqlx::Timestamp>("created_at")?.to_jiff(),
        updated_at: record.get::<jiff_sqlx::Timestamp>("updated_at")?.to_jiff(),
    })
}

fn seats(record: &Record<'_>, currency: Currency) -> Result<Vec<PricedSeat>, PortError> {
    let ids: Vec<Uuid> = record.get("seat_ids")?;
    let rows: Vec<String> = record.get("seat_rows")?;
    let numbers: Vec<i32> = record.get("seat_numbers")?;
    let kinds: Vec<String> = record.get("seat_kinds")?;
    let prices: Vec<i64> = record.get("seat_prices_minor")?;
    let seats = ids.iter().zip(&rows).zip(&numbers).zip(&kinds).zip(&prices);
    seats
        .map(|((((id, row), number), kind), price)| {
            Ok(PricedSeat {
                id: SeatId(*id),
                row: RowLabel::parse(row).map_err(|rule| record.corrupt("seat_rows", &rule.to_string()))?,
                number: u16::try_from(*number).map_err(|rule| record.corrupt("seat_numbers", &rule.to_string()))?,
                kind: SeatKind::from_name(kind).ok_or_else(|| record.corrupt("seat_kinds", "names no kind"))?,
                price: Money::parse(*price, currency)
                    .map_err(|rule| record.corrupt("seat_prices_minor", &rule.to_string()))?,
            })
        })
        .collect()
}

fn payment(record: &Record<'_>) -> Result<Payment, PortError> {
    let currency = currency(record, "payment_currency")?;
    let time = |column| {
        let time = record.get::<Option<jiff_sqlx::Timestamp>>(column)?;
        Ok::<_, PortError>(time.map(jiff_sqlx::Timestamp::to_jiff))
    };
    Ok(Payment {
        id: record.id(),
        status: record.parse("payment_status", named)?,
        amount: record.parse("amount_minor", |minor| Money::parse(minor, currency))?,
        method: PaymentMethod {
            kind: record.parse("method", named)?,
            token: record.parse("token", PaymentToken::parse)?,
        },
        attempts: record.parse::<i64, _, _>("attempts", u32::try_from)?,
        tries: record.parse::<i64, _, _>("tries", u32::try_from)?,
        failure: record.parse_optional("failure", PaymentFailure::parse)?,
        began_at: time("began_at")?,
        next_attempt_at: time("next_attempt_at")?,
        needs_review: record.get("needs_review")?,
    })
}

fn currency(record: &Record<'_>, column: &'static str) -> Result<Currency, PortError> {
    record.parse(column, Currency::parse)
}

/// What the domain publishes under this name.
fn named<T: DeserializeOwned>(name: &str) -> Result<T, UnknownName> {
    let name: StrDeserializer<'_, UnknownName> = name.into_deserializer();
    T::deserialize(name)
}
