//! What must be true of a world that has come to rest, from three records that know nothing of each other: what clients saw, what the store wrote, what
//! the gateway did.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use milo_adapters::gateway::GatewayOperation;
use milo_adapters::memory::store::audit::{Audit, EventRecord};
use milo_core::domain::{
    Booking, MessageKind, Money, PaymentStatus, ReservationId, ReservationStatus, SeatId, ShowtimeId,
};
use milo_core::ports::{GatewayStatus, PaymentGateway};

use crate::history::{Seen, SeenHold};
use crate::house::House;

/// Everything that is wrong, in words; nothing, always.
pub(crate) async fn judge(house: &House) -> Vec<String> {
    let audit = house.store.audit();
    let mut found = house.store.invariants();
    found.extend(house.history.with(|seen| std::mem::take(&mut seen.complaints)));
    money(house, &audit, &mut found).await;
    times(house, &audit, &mut found);
    house.history.with(|seen| {
        promises_to_clients(seen, &audit, &mut found);
        holds_exclude_each_other(seen, &audit, &mut found);
        nothing_sold_is_held(seen, &audit, &mut found);
        prices_are_those_of_the_moment(seen, &audit, &mut found);
    });
    found
}

fn by_reservation(audit: &Audit) -> BTreeMap<ReservationId, &Booking> {
    let bookings = audit.bookings.iter().map(|record| &record.booking);
    bookings.map(|booking| (booking.reservation.id, booking)).collect()
}

/// I3, I13 and I14: money and state agree, and no operation had its effect twice.
async fn money(house: &House, audit: &Audit, found: &mut Vec<String>) {
    for record in &audit.bookings {
        let Booking { reservation, payment } = &record.booking;
        let (id, status) = (reservation.id, reservation.status);
        let is_confirmed = status == ReservationStatus::Confirmed;
        if is_confirmed != (payment.status == PaymentStatus::Captured) {
            found.push(format!(
                "I3: {id} is {} while its payment is {}",
                status.as_str(),
                payment.status.as_str()
            ));
        }
        let due = if is_confirmed { reservation.total.amount() } else { 0 };
        let taken = house.gateway.balance(payment.id);
        if taken != due {
            found.push(format!(
                "I13: {id} is {} and the gateway has taken {taken} instead of {due}",
                status.as_str()
            ));
        }
        if house.gateway.lookup(payment.id).await.ok() == Some(GatewayStatus::Authorized) {
            found.push(format!(
                "I13: money stays reserved for {id}, which is {}",
                status.as_str()
            ));
        }
        for operation in GatewayOperation::ALL {
            if house.gateway.effects(&operation.key(payment.id)) > 1 {
                found.push(format!("I14: {} had its effect twice for {id}", operation.as_str()));
            }
        }
    }
}

/// What the store judged by its clock, it judged rightly; and what must end has ended (I11, L1, L2, L3).
fn times(house: &House, audit: &Audit, found: &mut Vec<String>) {
    let bookings = by_reservation(audit);
    let cancelled = house.history.with(|seen| seen.cancelled_showtimes.clone());
    let starts: BTreeMap<ShowtimeId, Timestamp> = audit
        .showtimes
        .iter()
        .map(|record| (record.showtime.id, record.showtime.starts_at))
        .collect();
    for EventRecord {
        reservation: id,
        from,
        to,
        at,
        ..
    } in &audit.events
    {
        let Some(booking) = bookings.get(id) else { continue };
        let reservation = &booking.reservation;
        let was_over = cancelled
            .get(&reservation.showtime)
            .is_some_and(|cancelled| cancelled < at)
            || starts.get(&reservation.showtime).is_some_and(|starts| starts <= at);
        let before = from.map(|(before, _)| before);
        match (before, to) {
            (None, _) if was_over => found.push(format!("R1: {id} was made after its showtime was over")),
            (Some(ReservationStatus::PendingPayment), (ReservationStatus::Paying, _))
                if *at >= reservation.expires_at =>
            {
                found.push(format!("R2: the payment of {id} began after the time to pay"));
            }
            (_, (ReservationStatus::Expired, _)) if *at < reservation.expires_at => {
                found.push(format!("R3: {id} expired before its time"));
            }
            (_, (_, PaymentStatus::Capturing))
                if was_over && from.map(|from| from.1) == Some(PaymentStatus::Authorizing) =>
            {
                found.push(format!("P3: the money for {id} was taken after its showtime was over"));
            }
            _ => {}
        }
    }
    for booking in bookings.values() {
        let Booking { reservation, payment } = booking;
        if booking.needs_work() || reservation.status.is_open() {
            found.push(format!(
                "L1: {} is {} and its payment {}, long after everything was well again",
                reservation.id,
                reservation.status.as_str(),
                payment.status.as_str()
            ));
        }
        if cancelled.contains_key(&reservation.showtime) && reservation.status.owns_seats() {
            found.push(format!(
                "I11: {} is {} in a cancelled showtime",
                reservation.id,
                reservation.status.as_str()
            ));
        }
    }
    for message in &audit.outbox {
        if message.delivered_at.is_none() {
            let what = if message.parked { "was given up" } else { "still waits" };
            found.push(format!("L3: a message {} {what}", message.message.kind.topic()));
        }
    }
}

/// Accepted work is never lost (I15, I19), and what was refused has no effect (I21).
fn promises_to_clients(seen: &Seen, audit: &Audit, found: &mut Vec<String>) {
    let bookings = by_reservation(audit);
    for known in &seen.reservations {
        let Some(booking) = bookings.get(&known.id) else {
            found.push(format!("I19: {} was accepted and is lost", known.id));
            continue;
        };
        let status = booking.reservation.status;
        if booking.reservation.user != known.user {
            found.push(format!("I19: {} belongs to somebody else", known.id));
        }
        if known.is_cancelled && status != ReservationStatus::Cancelled {
            found.push(format!("I19: {} was cancelled and is {}", known.id, status.as_str()));
        }
    }
    let keys: BTreeSet<_> = audit.keys.iter().map(|row| (row.user, row.key.as_str())).collect();
    let holds: BTreeSet<_> = bookings
        .values()
        .map(|booking| (booking.reservation.user, booking.reservation.hold))
        .collect();
    for refused in &seen.refused {
        let by_key = keys.contains(&(refused.user, refused.key.as_str()));
        let by_hold = refused.hold.is_some_and(|hold| holds.contains(&(refused.user, hold)));
        if by_key || by_hold {
            found.push(format!(
                "I21: a request was refused ({}) and has an effect",
                refused.why
            ));
        }
    }
}

fn overlap<'a>(one: &'a SeenHold, other: &'a SeenHold) -> impl Iterator<Item = SeatId> + 'a {
    let has = |seat: &SeatId| other.hold.seats.iter().any(|held| held.id == *seat);
    one.hold.seats.iter().map(|seat| seat.id).filter(has)
}

/// I17: while the locks remember, a seat is held by one hold at a time.
fn holds_exclude_each_other(seen: &Seen, audit: &Audit, found: &mut Vec<String>) {
    let forgot = |from: Timestamp, to: Timestamp| seen.wipes_of_locks.iter().any(|wipe| from <= *wipe && *wipe <= to);
    // A sale takes a seat whoever holds it: then the hold is void.
    let sold = |seat: SeatId, from: Timestamp, to: Timestamp| {
        audit.seats.iter().any(|claim| {
            claim.seat == seat && claim.claimed_at <= to && claim.released_at.is_none_or(|end| from <= end)
        })
    };
    let guaranteed_until = |known: &SeenHold| {
        known
            .ended_at
            .map_or(known.hold.expires_at, |end| end.min(known.hold.expires_at))
    };
    for (place, one) in seen.holds.iter().enumerate() {
        for other in &seen.holds[place + 1..] {
            if one.hold.id == other.hold.id {
                continue;
            }
            let (first, second) = if one.told_at <= other.told_at {
                (one, other)
            } else {
                (other, one)
            };
            // The second was given at some moment between its question and its answer; the first was surely there if it was told before that.
            let is_sure = first.told_at <= second.asked_at && second.told_at < guaranteed_until(first);
            if !is_sure || forgot(first.asked_at, second.told_at) {
                continue;
            }
            for seat in overlap(first, second) {
                if !sold(seat, first.asked_at, second.told_at) {
                    found.push(format!(
                        "I17: seat {seat} is held by {} and by {}",
                        first.hold.id, second.hold.id
                    ));
                }
            }
        }
    }
}

/// Once the locks have been told of a sale, and while they remember, its seats are held by nobody else.
fn nothing_sold_is_held(seen: &Seen, audit: &Audit, found: &mut Vec<String>) {
    let told: BTreeMap<ReservationId, Timestamp> = audit
        .outbox
        .iter()
        .filter_map(|record| match record.message.kind {
            MessageKind::SeatsTaken { reservation, .. } => Some((reservation, record.delivered_at?)),
            _ => None,
        })
        .collect();
    for known in &seen.holds {
        for claim in &audit.seats {
            let Some(told) = told.get(&claim.reservation) else {
                continue;
            };
            let is_sold = *told < known.asked_at && claim.released_at.is_none_or(|end| known.told_at < end);
            let forgot = seen
                .wipes_of_locks
                .iter()
                .any(|wipe| claim.claimed_at <= *wipe && *wipe <= known.told_at);
            if is_sold && !forgot && known.hold.seats.iter().any(|seat| seat.id == claim.seat) {
                found.push(format!(
                    "I17: seat {} was sold to {} and is held by {}",
                    claim.seat, claim.reservation, known.hold.id
                ));
            }
        }
    }
}

/// A reservation costs what its seats cost when it was made.
fn prices_are_those_of_the_moment(seen: &Seen, audit: &Audit, found: &mut Vec<String>) {
    for record in &audit.bookings {
        let reservation = &record.booking.reservation;
        let at = reservation.created_at;
        let is_of_the_moment = seen
            .prices
            .iter()
            .filter(|list| list.showtime == reservation.showtime && list.from <= at && at <= list.until)
            .any(|list| {
                let costs = reservation
                    .seats
                    .iter()
                    .filter_map(|seat| list.costs.get(&seat.id).copied());
                Money::sum(costs).is_ok_and(|total| total == reservation.total)
            });
        if !is_of_the_moment {
            found.push(format!(
                "I5: {} does not cost what its seats cost when it was made",
                reservation.id
            ));
        }
    }
}
