use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::Timestamp;
use milo_core::domain::{
    Booking, Cursor, HoldId, MovieId, Page, PageRequest, ReservationId, ReservationStatus, ShowtimeId, ShowtimeStatus,
    TakenSeat, UserId,
};
use uuid::Uuid;

use super::booking_tables::BookingTables;
use super::listing::page;
use super::state::State;

pub(super) fn by_hold(bookings: &BookingTables, user: UserId, hold: HoldId) -> Option<Booking> {
    let first = (hold, ShowtimeId(Uuid::nil()));
    bookings
        .holds
        .range(first..)
        .take_while(|((other, _), _)| *other == hold)
        .filter_map(|(_, id)| bookings.booking(id))
        .find(|booking| booking.reservation.user == user)
}

pub(super) fn of_user(bookings: &BookingTables, user: UserId, request: &PageRequest) -> Page<Booking> {
    let none = BTreeSet::new();
    let ids = bookings.by_user.get(&user).unwrap_or(&none);
    let end = request
        .after
        .as_ref()
        .map_or(Bound::Unbounded, |cursor| Bound::Excluded(ReservationId(cursor.id)));
    let rows = ids
        .range((Bound::Unbounded, end))
        .rev()
        .filter_map(|id| bookings.booking(id));
    page(rows, request, |booking| Cursor {
        key: String::new(),
        id: booking.reservation.id.0,
    })
}

pub(super) fn taken_seats(bookings: &BookingTables, showtime: ShowtimeId) -> Vec<TakenSeat> {
    let owners = bookings.owners.get(&showtime).into_iter().flatten();
    owners
        .filter_map(|(seat, id)| {
            let reservation = &bookings.rows.get(id)?.booking.reservation;
            Some(TakenSeat {
                seat: *seat,
                reservation: *id,
                user: reservation.user,
                pending: reservation.status.is_open(),
            })
        })
        .collect()
}

pub(super) fn has_watched(state: &State, user: UserId, movie: MovieId, now: Timestamp) -> bool {
    let ids = state.bookings.by_user.get(&user).into_iter().flatten();
    ids.filter_map(|id| state.bookings.rows.get(id))
        .map(|row| &row.booking.reservation)
        .filter(|reservation| reservation.status == ReservationStatus::Confirmed)
        .filter_map(|reservation| state.catalog.showtimes.get(&reservation.showtime))
        .any(|showtime| {
            // What was cancelled never starts.
            showtime.movie == movie && showtime.status == ShowtimeStatus::Scheduled && showtime.starts_at <= now
        })
}
