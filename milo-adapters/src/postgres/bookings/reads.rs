use milo_core::domain::{
    Booking, Cursor, Fingerprint, HoldId, IdempotencyKey, MovieId, Page, PageRequest, ReservationId, ShowtimeId,
    TakenSeat, UserId,
};
use milo_core::ports::PortError;
use sqlx::Row;
use uuid::Uuid;

use super::{PORT, row};
use crate::postgres::PgStore;
use crate::postgres::failure::Intent;
use crate::postgres::keyset::rows_max;
use crate::postgres::limit::limit;
use crate::postgres::row::Record;

pub(super) async fn booking(store: &PgStore, reservation: ReservationId) -> Result<Option<Booking>, PortError> {
    let found = store.row(Intent::Read, || {
        sqlx::query("select * from bookings where id = $1").bind(reservation.0)
    });
    let found = found.await.map_err(|error| error.on(PORT))?;
    found.as_ref().map(row::booking).transpose()
}

pub(super) async fn by_hold(store: &PgStore, user: UserId, hold: HoldId) -> Result<Option<Booking>, PortError> {
    let found = store.row(Intent::Read, || {
        sqlx::query("select * from bookings where hold_id = $1 and user_id = $2 order by showtime_id limit 1")
            .bind(hold.0)
            .bind(user.0)
    });
    let found = found.await.map_err(|error| error.on(PORT))?;
    found.as_ref().map(row::booking).transpose()
}

pub(super) async fn by_key(
    store: &PgStore,
    user: UserId,
    key: &IdempotencyKey,
) -> Result<Option<(Booking, Fingerprint)>, PortError> {
    let found = store.row(Intent::Read, || {
        sqlx::query(
            "select reservation_keys.fingerprint, bookings.*
             from reservation_keys
                 join bookings
                     on bookings.showtime_id = reservation_keys.showtime_id
                     and bookings.id = reservation_keys.reservation_id
             where reservation_keys.user_id = $1 and reservation_keys.key = $2 and reservation_keys.ends_at > now()",
        )
        .bind(user.0)
        .bind(key.as_str())
    });
    let Some(found) = found.await.map_err(|error| error.on(PORT))? else {
        return Ok(None);
    };
    let record = Record::new(PORT, "reservation_keys", &found)?;
    let fingerprint = record.parse("fingerprint", |bytes: &[u8]| bytes.try_into().map(Fingerprint))?;
    Ok(Some((row::booking(&found)?, fingerprint)))
}

pub(super) async fn of_user(store: &PgStore, user: UserId, request: &PageRequest) -> Result<Page<Booking>, PortError> {
    let before = request.after.as_ref().map_or(Uuid::max(), |cursor| cursor.id);
    let found = store.rows(Intent::Read, || {
        sqlx::query("select * from bookings where user_id = $1 and id < $2 order by id desc limit $3")
            .bind(user.0)
            .bind(before)
            .bind(rows_max(request))
    });
    let bookings = row::bookings(&found.await.map_err(|error| error.on(PORT))?)?;
    Ok(Page::cut(bookings, request.limit(), |booking| Cursor {
        key: String::new(),
        id: booking.reservation.id.0,
    }))
}

pub(super) async fn taken_seats(store: &PgStore, showtime: ShowtimeId) -> Result<Vec<TakenSeat>, PortError> {
    let taken = store.rows(Intent::Read, || {
        sqlx::query(
            "select owned.seat_id, reservations.id, reservations.user_id,
                 reservations.status in ('pending_payment', 'paying') as pending
             from reserved_seats as owned
                 join reservations
                     on reservations.showtime_id = owned.showtime_id and reservations.id = owned.reservation_id
             where owned.showtime_id = $1 and owned.released_at is null
             order by owned.seat_id",
        )
        .bind(showtime.0)
    });
    let taken = taken.await.map_err(|error| error.on(PORT))?;
    let seat = |row| {
        let record = Record::new(PORT, "reservations", row)?;
        Ok(TakenSeat {
            seat: record.get::<Uuid>("seat_id")?.into(),
            reservation: record.id(),
            user: record.get::<Uuid>("user_id")?.into(),
            pending: record.get("pending")?,
        })
    };
    taken.iter().map(seat).collect()
}

pub(super) async fn expired(store: &PgStore, most: usize) -> Result<Vec<Booking>, PortError> {
    let over = store.rows(Intent::Read, || {
        sqlx::query(
            "select * from bookings
             where status = 'pending_payment' and expires_at <= now()
             order by expires_at, id
             limit $1",
        )
        .bind(limit(most))
    });
    row::bookings(&over.await.map_err(|error| error.on(PORT))?)
}

pub(super) async fn stranded(store: &PgStore, most: usize) -> Result<Vec<Booking>, PortError> {
    // It also forgets showtimes with nothing left to do, which may be done any number of times: a read, for its caller.
    let stranded = store.rows(Intent::Read, || {
        sqlx::query("select * from milo_stranded($1)").bind(limit(most))
    });
    row::bookings(&stranded.await.map_err(|error| error.on(PORT))?)
}

pub(super) async fn has_watched(store: &PgStore, user: UserId, movie: MovieId) -> Result<bool, PortError> {
    let watched = store.the_row(Intent::Read, || {
        sqlx::query(
            "select exists (
                 select from reservations join showtimes on showtimes.id = reservations.showtime_id
                 where reservations.user_id = $1
                     and reservations.status = 'confirmed'
                     and showtimes.movie_id = $2
                     and showtimes.status = 'scheduled'
                     and showtimes.starts_at <= now()
             )",
        )
        .bind(user.0)
        .bind(movie.0)
    });
    let watched = watched.await.map_err(|error| error.on(PORT))?;
    let unreadable = |_| PortError::corrupt(PORT, "Postgres answered a question without yes or no");
    watched.try_get(0).map_err(unreadable)
}
