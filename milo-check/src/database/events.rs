//! I6 and I7: the history of a reservation.

use super::{Booking, Database, named, reservation_and, row, rows};
use crate::input::dump::{Dump, Event};
use crate::states::{PaymentStatus, Status, go_together, is_step};
use crate::verdict::{Findings, Promise};

const GAPLESS: Promise = ("I6", "a reservation's events are numbered from one to its version");
const CHAINED: Promise = ("I6", "an event begins where the one before it led to");
const STEPS: Promise = ("I6", "every event is a step of the state machines");
const LAST: Promise = ("I6", "the last event leads to where the reservation stands");
const ORPHAN: Promise = ("I6", "an event belongs to a reservation");
const ONLY_WORKERS: Promise = ("I7", "nobody but the payment machine leaves paying");

/// Who may leave `paying`.
const PAYMENT_MACHINE: [&str; 2] = ["payment_worker", "reconciler"];

pub(super) fn check(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    for booking in &database.bookings {
        numbers(booking, findings);
        chain(booking, findings);
        last(booking, findings);
    }
    for event in &dump.reservation_events {
        if database.booking(&event.showtime_id, &event.reservation_id).is_none() {
            findings.add(ORPHAN, || subject(event), || vec![row("reservation_events", event)]);
        }
        if event.from_status == Some(Status::Paying)
            && event.to_status != Status::Paying
            && !PAYMENT_MACHINE.contains(&&*event.actor)
        {
            findings.add(
                ONLY_WORKERS,
                || subject(event),
                || vec![row("reservation_events", event)],
            );
        }
    }
}

fn subject(event: &Event) -> String {
    format!("event {} of reservation {}", event.seq, event.reservation_id)
}

fn numbers(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    let numbered = booking.events.iter().map(|event| event.seq);
    if !numbered.eq(1..=reservation.version) {
        // The events around the gap: the last before it and the first after it.
        let gap = booking
            .events
            .iter()
            .zip(1..)
            .position(|(event, due)| event.seq != due)
            .unwrap_or(booking.events.len());
        findings.add(
            GAPLESS,
            || named(reservation),
            || {
                let around = &booking.events[gap.saturating_sub(1)..(gap + 1).min(booking.events.len())];
                reservation_and(reservation, rows("reservation_events", around.iter().copied()))
            },
        );
    }
}

fn from(event: &Event) -> Option<(Status, PaymentStatus)> {
    event.from_status.zip(event.from_payment_status)
}

fn to(event: &Event) -> (Status, PaymentStatus) {
    (event.to_status, event.to_payment_status)
}

fn chain(booking: &Booking<'_>, findings: &mut Findings) {
    for event in &booking.events {
        let is_right = go_together(to(event))
            && match from(event) {
                None => event.seq == 1 && to(event) == (Status::PendingPayment, PaymentStatus::Created),
                Some(from) => event.seq > 1 && is_step(from, to(event)),
            };
        if !is_right {
            findings.add(STEPS, || subject(event), || vec![row("reservation_events", event)]);
        }
    }
    for pair in booking.events.windows(2) {
        if pair[0].seq + 1 == pair[1].seq && from(pair[1]) != Some(to(pair[0])) {
            findings.add(
                CHAINED,
                || subject(pair[1]),
                || rows("reservation_events", pair.iter().copied()).collect(),
            );
        }
    }
}

fn last(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    let last = booking.events.last().filter(|event| event.seq == reservation.version);
    if let (Some(last), [payment]) = (last, &booking.payments[..])
        && to(last) != (reservation.status, payment.status)
        && go_together((reservation.status, payment.status))
    {
        findings.add(
            LAST,
            || named(reservation),
            || reservation_and(reservation, [row("payments", payment), row("reservation_events", last)]),
        );
    }
}
