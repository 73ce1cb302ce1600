//! I3, I4 and I5: what was paid, and for what.

use super::{Booking, Database, named, reservation_and, row, rows};
use crate::states::{PaymentStatus, Status};
use crate::verdict::{Findings, Promise};

const CONFIRMED_IS_PAID: Promise = (
    "I3",
    "a reservation is confirmed exactly when its whole price was captured and not given back",
);
const ONE_PAYMENT: Promise = ("I4", "a reservation has one payment");
const SUM: Promise = ("I5", "a reservation costs what its seats cost together");
const SAME_PRICE: Promise = ("I5", "a payment is of its reservation's price");
const NEVER_MORE: Promise = (
    "I5",
    "no more is given back than was captured, and no more captured than was owed",
);

pub(super) fn check(database: &Database<'_>, findings: &mut Findings) {
    for booking in &database.bookings {
        payments(booking, findings);
        sums(booking, findings);
        kept(booking, findings);
    }
}

fn payments(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    if booking.payments.len() != 1 {
        findings.add(
            ONE_PAYMENT,
            || named(reservation),
            || {
                let proof = booking.payments.iter().copied().take(2);
                reservation_and(reservation, rows("payments", proof))
            },
        );
    }
    for payment in &booking.payments {
        if (payment.amount_minor, &payment.currency) != (reservation.total_minor, &reservation.currency) {
            findings.add(
                SAME_PRICE,
                || format!("payment {}", payment.id),
                || reservation_and(reservation, [row("payments", payment)]),
            );
        }
    }
}

fn sums(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    let sum: i64 = booking.seats.iter().map(|seat| seat.price_minor).sum();
    let is_whole = booking.seats.len() as u64 == reservation.seat_count;
    if reservation.total_minor <= 0 || (is_whole && sum != reservation.total_minor) {
        findings.add(
            SUM,
            || named(reservation),
            || reservation_and(reservation, rows("reserved_seats", booking.seats.iter().copied())),
        );
    }
}

fn kept(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    let sum = |outcome: &str| -> i64 {
        let ops = booking.ops.iter().filter(|op| op.outcome == outcome);
        ops.map(|op| op.amount_minor).sum()
    };
    let (captured, refunded) = (sum("captured"), sum("refunded"));
    let moved = || {
        let ops = booking.ops.iter().copied();
        rows(
            "payment_ops",
            ops.filter(|op| matches!(&*op.outcome, "captured" | "refunded")),
        )
    };
    if refunded > captured || captured > reservation.total_minor {
        findings.add(
            NEVER_MORE,
            || named(reservation),
            || reservation_and(reservation, moved()),
        );
        return;
    }
    let [payment] = booking.payments[..] else { return };
    let owed = match (reservation.status, payment.status) {
        // What is about to be given back is still with us.
        (Status::Confirmed, _) | (_, PaymentStatus::Captured | PaymentStatus::Refunding) => reservation.total_minor,
        _ => 0,
    };
    if captured - refunded != owed {
        findings.add(
            CONFIRMED_IS_PAID,
            || named(reservation),
            || reservation_and(reservation, [row("payments", payment)].into_iter().chain(moved())),
        );
    }
}
