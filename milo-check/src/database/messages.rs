//! I8, I9 and I11: work that is due, and what was sent.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Booking, Database, named, reservation_and, row};
use crate::input::dump::{Dump, Event, Message};
use crate::states::{PaymentStatus, Status};
use crate::verdict::{Findings, Promise};

const DUE: Promise = ("I8", "a payment is due exactly while there is work");
const SENT: Promise = ("I8", "a step has sent what follows from it");
const OF_A_STEP: Promise = ("I9", "a message belongs to a step of the reservation that it names");
const DELIVERED_ONCE: Promise = (
    "I9",
    "a message is either delivered or parked, and not before it was written",
);
const REACHED: Promise = ("I11", "whoever stands in a cancelled showtime is reached");

pub(super) fn check(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    let mut sent: FxHashSet<(&str, &str, u64, &str)> = FxHashSet::default();
    for message in &dump.outbox {
        sent.insert((
            &message.showtime_id,
            &message.reservation_id,
            message.step,
            &message.topic,
        ));
        belongs(message, database, findings);
        delivered(message, findings);
    }
    for booking in &database.bookings {
        due(booking, findings);
        for event in &booking.events {
            for topic in topics(event) {
                let message = (&*event.showtime_id, &*event.reservation_id, event.seq, topic);
                if !sent.contains(&message) {
                    findings.add(
                        SENT,
                        || {
                            format!(
                                "event {} of reservation {}, without {topic}",
                                event.seq, event.reservation_id
                            )
                        },
                        || vec![row("reservation_events", event)],
                    );
                }
            }
        }
    }
    cancelled_showtimes(dump, database, findings);
}

fn due(booking: &Booking<'_>, findings: &mut Findings) {
    let reservation = booking.reservation;
    for payment in &booking.payments {
        let is_work = match payment.status {
            PaymentStatus::Created
            | PaymentStatus::Authorizing
            | PaymentStatus::Capturing
            | PaymentStatus::Voiding
            | PaymentStatus::Refunding => true,
            PaymentStatus::Captured => reservation.cancel_requested.is_some(),
            PaymentStatus::Voided | PaymentStatus::Declined | PaymentStatus::Dropped | PaymentStatus::Refunded => false,
        };
        if payment.next_attempt_at.is_some() != is_work {
            findings.add(
                DUE,
                || format!("payment {}", payment.id),
                || {
                    let wish = (payment.status == PaymentStatus::Captured).then(|| row("reservations", reservation));
                    [row("payments", payment)].into_iter().chain(wish).collect()
                },
            );
        }
    }
}

/// What an event must have sent.
fn topics(event: &Event) -> Vec<&'static str> {
    let owned = event.from_status.is_some_and(Status::owns_seats);
    let mut topics = Vec::new();
    if event.seq == 1 {
        topics.extend(["payment_due", "seats_taken"]);
    }
    if owned && !event.to_status.owns_seats() {
        topics.push("seats_freed");
    }
    if event.from_status.is_some_and(|from| from != Status::Confirmed) && event.to_status == Status::Confirmed {
        topics.push("seats_settled");
    }
    let refunds = event.to_payment_status == PaymentStatus::Refunding;
    if refunds
        && event
            .from_payment_status
            .is_some_and(|from| from != PaymentStatus::Refunding)
    {
        topics.push("payment_due");
    }
    topics
}

fn belongs(message: &Message, database: &Database<'_>, findings: &mut Findings) {
    let booking = database.booking(&message.showtime_id, &message.reservation_id);
    let is_step = booking.is_some_and(|booking| booking.events.iter().any(|event| event.seq == message.step));
    let says = |field: &str, due: &str| {
        let said = message.payload.get(field).and_then(|said| said.as_str());
        said.is_none_or(|said| said == due)
    };
    if !is_step || !says("reservation", &message.reservation_id) || !says("showtime", &message.showtime_id) {
        findings.add(
            OF_A_STEP,
            || format!("message {}", message.id),
            || vec![row("outbox", message)],
        );
    }
}

fn delivered(message: &Message, findings: &mut Findings) {
    let both = message.parked_at.is_some() && message.delivered_at.is_some();
    let early = [message.parked_at, message.delivered_at]
        .into_iter()
        .flatten()
        .any(|at| at < message.written_at);
    if both || early {
        findings.add(
            DELIVERED_ONCE,
            || format!("message {}", message.id),
            || vec![row("outbox", message)],
        );
    }
}

fn cancelled_showtimes(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    let to_reach: FxHashMap<&str, ()> = dump
        .showtime_cancellations
        .iter()
        .map(|cancelled| (&*cancelled.showtime_id, ()))
        .collect();
    for booking in &database.bookings {
        let reservation = booking.reservation;
        let Some(showtime) = database.showtimes.get(&*reservation.showtime_id) else {
            continue;
        };
        if showtime.status != "cancelled" || !reservation.status.owns_seats() {
            continue;
        }
        let will_be = to_reach.contains_key(&*reservation.showtime_id) || reservation.cancel_requested.is_some();
        if dump.settled || !will_be {
            findings.add(
                REACHED,
                || named(reservation),
                || reservation_and(reservation, [row("showtimes", showtime)]),
            );
        }
    }
}
