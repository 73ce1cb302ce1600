use jiff::Timestamp;
use milo_core::domain::{Booking, Guard, NextAttempt, SeatClaims, ShowtimeStatus, Transition};
use milo_core::planted::{Bug, is_planted};
use milo_core::ports::{ApplyError, PortError};

use super::audit::{AnswerRecord, EventRecord};
use super::state::State;

/// See [`apply`](milo_core::ports::BookingStore::apply): every check, then every write.
pub(super) fn apply(state: &mut State, transition: &Transition, now: Timestamp) -> Result<Booking, ApplyError> {
    let row = state
        .bookings
        .rows
        .get(&transition.reservation)
        .ok_or(ApplyError::Stale)?;
    let Booking { reservation, payment } = &row.booking;
    let is_stale = reservation.showtime != transition.showtime
        || reservation.version != transition.expected
        || (reservation.status, payment.status) != transition.from
        || transition.lease.is_some_and(|epoch| epoch != row.epoch);
    if is_stale && !is_planted(Bug::BlindUpdate) {
        return Err(ApplyError::Stale);
    }
    if !holds(state, &row.booking, transition.guard, now) && !is_planted(Bug::GuardsIgnored) {
        return Err(ApplyError::GuardFailed);
    }
    if transition.messages.iter().any(|message| state.outbox.knows(message.id)) {
        return Err(PortError::refused("booking_store", "a message's id was used before").into());
    }
    let after = transition.applied_to(row.booking.clone(), now);
    let version = after.reservation.version;
    state.bookings.change(transition.reservation, |row| {
        row.booking = after.clone();
        if transition.next_attempt != NextAttempt::Continue {
            row.lease_until = None;
        }
        if transition.seats == SeatClaims::Release {
            for seat in &mut row.seats {
                seat.released_at.get_or_insert(now);
            }
        }
        row.events.push(EventRecord {
            reservation: transition.reservation,
            seq: version,
            from: Some(transition.from),
            to: transition.to,
            actor: transition.actor,
            cause: transition.cause,
            at: now,
        });
        row.answers.extend(transition.answer.iter().map(|answer| AnswerRecord {
            reservation: transition.reservation,
            step: version,
            answer: answer.clone(),
            at: now,
        }));
    });
    for message in &transition.messages {
        state.outbox.append(message, transition.reservation, version, now);
    }
    Ok(after)
}

fn holds(state: &State, booking: &Booking, guard: Guard, now: Timestamp) -> bool {
    let reservation = &booking.reservation;
    let showtime = state.catalog.showtimes.get(&reservation.showtime);
    let starts_later = showtime.is_some_and(|showtime| now < showtime.starts_at);
    match guard {
        Guard::None => true,
        Guard::NotExpired => now < reservation.expires_at,
        Guard::Expired => reservation.expires_at <= now,
        Guard::ShowtimeNotStarted => starts_later,
        Guard::ShowtimeOpen => {
            starts_later && showtime.is_some_and(|showtime| showtime.status == ShowtimeStatus::Scheduled)
        }
    }
}
