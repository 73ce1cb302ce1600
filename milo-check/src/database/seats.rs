//! I1, I2 and I12: seats and who owns them.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Database, named, reservation_and, row, rows};
use crate::input::dump::{Dump, Reservation, ReservedSeat};
use crate::states::{Status, go_together};
use crate::verdict::{Findings, Promise};

const ONE_OWNER: Promise = ("I1", "a seat of a showtime has one owner");
const ALL_OR_NONE: Promise = (
    "I2",
    "a reservation owns all of its seats while it stands, and none when it has ended",
);
const ORPHAN: Promise = ("I2", "a reserved seat belongs to a reservation");
const TOGETHER: Promise = (
    "I2",
    "a reservation and its payment stand where one step can leave them together",
);
const ON_SCREEN: Promise = ("I12", "an owned seat is one of its showtime's screen");
const LIMIT: Promise = ("I12", "a user's unpaid seats of a showtime are within the limit");

pub(super) fn check(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    one_owner(dump, findings);
    all_or_none(dump, database, findings);
    together(database, findings);
    on_screen(dump, database, findings);
    limit(dump, findings);
}

fn one_owner(dump: &Dump, findings: &mut Findings) {
    let mut owners: FxHashMap<(&str, &str), &ReservedSeat> = FxHashMap::default();
    for seat in dump.reserved_seats.iter().filter(|seat| seat.released_at.is_none()) {
        if let Some(other) = owners.insert((&seat.showtime_id, &seat.seat_id), seat) {
            findings.add(
                ONE_OWNER,
                || format!("seat {} in showtime {}", seat.seat_id, seat.showtime_id),
                || rows("reserved_seats", [other, seat]).collect(),
            );
        }
    }
}

fn all_or_none(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    for booking in &database.bookings {
        let reservation = booking.reservation;
        let owned: Vec<_> = booking.seats.iter().filter(|seat| seat.released_at.is_none()).collect();
        let due = if reservation.status.owns_seats() {
            reservation.seat_count
        } else {
            0
        };
        if booking.seats.len() as u64 != reservation.seat_count {
            findings.add(
                ALL_OR_NONE,
                || named(reservation),
                || reservation_and(reservation, rows("reserved_seats", booking.seats.iter().copied())),
            );
        } else if owned.len() as u64 != due {
            // One seat that is not as its reservation proves it.
            let owns = reservation.status.owns_seats();
            let wrong = booking.seats.iter().find(|seat| seat.released_at.is_none() != owns);
            findings.add(
                ALL_OR_NONE,
                || named(reservation),
                || reservation_and(reservation, rows("reserved_seats", wrong.copied())),
            );
        }
    }
    for seat in &dump.reserved_seats {
        if database.booking(&seat.showtime_id, &seat.reservation_id).is_none() {
            findings.add(
                ORPHAN,
                || format!("seat {} of reservation {}", seat.seat_id, seat.reservation_id),
                || vec![row("reserved_seats", seat)],
            );
        }
    }
}

fn together(database: &Database<'_>, findings: &mut Findings) {
    for booking in &database.bookings {
        let reservation = booking.reservation;
        if let [payment] = booking.payments[..]
            && !go_together((reservation.status, payment.status))
        {
            findings.add(
                TOGETHER,
                || named(reservation),
                || reservation_and(reservation, [row("payments", payment)]),
            );
        }
    }
}

fn on_screen(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    let seats: Option<FxHashSet<(&str, &str)>> = dump
        .seats
        .as_ref()
        .map(|seats| seats.iter().map(|seat| (&*seat.screen_id, &*seat.id)).collect());
    for seat in dump.reserved_seats.iter().filter(|seat| seat.released_at.is_none()) {
        let showtime = database.showtimes.get(&*seat.showtime_id);
        let screen = showtime.map(|showtime| &*showtime.screen_id);
        let is_there = seats
            .as_ref()
            .is_none_or(|seats| seats.contains(&(&seat.screen_id, &seat.seat_id)));
        if screen != Some(&seat.screen_id) || !is_there {
            findings.add(
                ON_SCREEN,
                || format!("seat {} of reservation {}", seat.seat_id, seat.reservation_id),
                || {
                    let wrong_screen = showtime.filter(|_| screen != Some(&seat.screen_id)).copied();
                    rows("reserved_seats", [seat])
                        .chain(rows("showtimes", wrong_screen))
                        .collect()
                },
            );
        }
    }
}

fn limit(dump: &Dump, findings: &mut Findings) {
    let mut unpaid: FxHashMap<(&str, &str), Vec<&Reservation>> = FxHashMap::default();
    for reservation in &dump.reservations {
        if matches!(reservation.status, Status::PendingPayment | Status::Paying) {
            let of = (&*reservation.showtime_id, &*reservation.user_id);
            unpaid.entry(of).or_default().push(reservation);
        }
    }
    for ((showtime, user), mut reservations) in unpaid {
        let allowed = reservations.iter().map(|one| one.user_seats_max).max().unwrap_or(0);
        if reservations.iter().map(|one| one.seat_count).sum::<u64>() <= allowed {
            continue;
        }
        // The largest ones prove it soonest.
        reservations.sort_by_key(|one| std::cmp::Reverse(one.seat_count));
        let mut sum = 0;
        let enough = reservations.iter().take_while(|one| {
            let was_within = sum <= allowed;
            sum += one.seat_count;
            was_within
        });
        let enough: Vec<&Reservation> = enough.copied().collect();
        findings.add(
            LIMIT,
            || format!("user {user} in showtime {showtime}"),
            || rows("reservations", enough).collect(),
        );
    }
}
