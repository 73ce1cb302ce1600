//! What must be true of the rows: I1 to I12.

mod events;
mod messages;
mod money;
mod names;
mod seats;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::json;

use crate::input::dump::{Dump, Event, Payment, PaymentOp, Reservation, ReservedSeat, Showtime};
use crate::verdict::{Evidence, Findings};

/// A reservation and all that belongs to it.
#[derive(Debug)]
pub(crate) struct Booking<'d> {
    pub(crate) reservation: &'d Reservation,
    pub(crate) seats: Vec<&'d ReservedSeat>,
    pub(crate) payments: Vec<&'d Payment>,
    /// Ascending.
    pub(crate) events: Vec<&'d Event>,
    pub(crate) ops: Vec<&'d PaymentOp>,
}

/// The rows, by what they belong to.
#[derive(Debug, Default)]
pub(crate) struct Database<'d> {
    pub(crate) bookings: Vec<Booking<'d>>,
    pub(crate) showtimes: FxHashMap<&'d str, &'d Showtime>,
    /// By showtime and reservation.
    pub(crate) places: FxHashMap<(&'d str, &'d str), usize>,
}

impl<'d> Database<'d> {
    pub(crate) fn of(dump: &'d Dump) -> Self {
        let mut all = Self::default();
        for showtime in &dump.showtimes {
            all.showtimes.insert(&showtime.id, showtime);
        }
        for reservation in &dump.reservations {
            let place = all.bookings.len();
            // Of two rows with one key, the first is looked at; that there are two is told as such.
            all.places
                .entry((&reservation.showtime_id, &reservation.id))
                .or_insert(place);
            all.bookings.push(Booking {
                reservation,
                seats: Vec::new(),
                payments: Vec::new(),
                events: Vec::new(),
                ops: Vec::new(),
            });
        }
        for row in &dump.reserved_seats {
            all.with(&row.showtime_id, &row.reservation_id, |booking| booking.seats.push(row));
        }
        for row in &dump.payments {
            all.with(&row.showtime_id, &row.reservation_id, |booking| {
                booking.payments.push(row)
            });
        }
        for row in &dump.reservation_events {
            all.with(&row.showtime_id, &row.reservation_id, |booking| {
                booking.events.push(row)
            });
        }
        for row in &dump.payment_ops {
            all.with(&row.showtime_id, &row.reservation_id, |booking| booking.ops.push(row));
        }
        for booking in &mut all.bookings {
            booking.events.sort_by_key(|event| event.seq);
        }
        all
    }

    fn with(&mut self, showtime: &'d str, reservation: &'d str, add: impl FnOnce(&mut Booking<'d>)) {
        if let Some(place) = self.places.get(&(showtime, reservation)) {
            add(&mut self.bookings[*place]);
        }
    }

    pub(crate) fn booking(&self, showtime: &str, reservation: &str) -> Option<&Booking<'d>> {
        self.places
            .get(&(showtime, reservation))
            .map(|place| &self.bookings[*place])
    }
}

/// Looks at every promise about rows.
pub(crate) fn check(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    seats::check(dump, database, findings);
    money::check(database, findings);
    events::check(dump, database, findings);
    messages::check(dump, database, findings);
    names::check(dump, database, findings);
}

pub(crate) fn row(table: &'static str, row: &impl Serialize) -> Evidence {
    Evidence::Row { table, row: json!(row) }
}

pub(crate) fn rows<'r, R: Serialize + 'r>(
    table: &'static str,
    rows: impl IntoIterator<Item = &'r R>,
) -> impl Iterator<Item = Evidence> {
    rows.into_iter().map(move |one| row(table, one))
}

/// The reservation's row, and more.
fn reservation_and(reservation: &Reservation, more: impl IntoIterator<Item = Evidence>) -> Vec<Evidence> {
    [row("reservations", reservation)].into_iter().chain(more).collect()
}

fn named(reservation: &Reservation) -> String {
    format!("reservation {}", reservation.id)
}
