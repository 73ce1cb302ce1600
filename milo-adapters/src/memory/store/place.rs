use jiff::Timestamp;
use milo_core::domain::{
    Actor, Booking, LeaseEpoch, Payment, PaymentStatus, Placement, Reservation, ReservationStatus, SeatId, Version,
};
use milo_core::planted::{Bug, is_planted};
use milo_core::ports::{PlaceError, Placed, PortError};

use super::audit::{EventRecord, SeatRecord};
use super::booking_tables::BookingRow;
use super::state::State;
use crate::memory::clock::later;

/// See [`place`](milo_core::ports::BookingStore::place): every check, then every write.
pub(super) fn place(state: &mut State, placement: &Placement, now: Timestamp) -> Result<Placed, PlaceError> {
    if let Some(known) = known(state, placement, now)?.filter(|_| !is_planted(Bug::RepeatsPlaceAgain)) {
        return Ok(known);
    }
    check_showtime(state, placement, now)?;
    check_seats(state, placement)?;
    let bookings = &state.bookings;
    let open = bookings.open_seats_of(placement.showtime, placement.user) as usize;
    if open + placement.seats.len() > placement.user_seats_max as usize {
        return Err(PlaceError::TooManySeats);
    }
    if bookings.codes.contains_key(&placement.code) {
        return Err(PlaceError::CodeTaken);
    }
    let repeated = bookings.rows.contains_key(&placement.reservation)
        || bookings.payments.contains_key(&placement.payment)
        || placement.messages.iter().any(|message| state.outbox.knows(message.id));
    if repeated {
        return Err(PortError::refused("booking_store", "an id of the placement was used before").into());
    }
    Ok(Placed::New(write(state, placement, now)))
}

fn known(state: &State, placement: &Placement, now: Timestamp) -> Result<Option<Placed>, PlaceError> {
    let bookings = &state.bookings;
    if let Some(keyed) = &placement.keyed
        && let Some(row) = bookings.keyed(placement.user, &keyed.key, now)
    {
        if row.fingerprint != keyed.fingerprint {
            return Err(PlaceError::KeyReused);
        }
        return Ok(bookings.booking(&row.reservation).map(Placed::SameKey));
    }
    let by_hold = bookings.holds.get(&(placement.hold, placement.showtime));
    match by_hold.and_then(|id| bookings.booking(id)) {
        Some(booking) if booking.reservation.user != placement.user => {
            Err(PortError::refused("booking_store", "the hold was reserved by another user").into())
        }
        known => Ok(known.map(Placed::SameHold)),
    }
}

fn check_showtime(state: &State, placement: &Placement, now: Timestamp) -> Result<(), PlaceError> {
    let showtime = state
        .catalog
        .showtimes
        .get(&placement.showtime)
        .filter(|showtime| showtime.is_on_sale(now) || is_planted(Bug::ShowtimeNotChecked))
        .ok_or(PlaceError::ShowtimeClosed)?;
    if showtime.price_version != placement.price_version && !is_planted(Bug::PriceNotChecked) {
        return Err(PlaceError::PriceChanged);
    }
    Ok(())
}

fn check_seats(state: &State, placement: &Placement) -> Result<(), PlaceError> {
    let showtime = state.catalog.showtimes.get(&placement.showtime);
    let screen = showtime.and_then(|showtime| state.catalog.screens.get(&showtime.screen));
    let owners = state.bookings.owners.get(&placement.showtime);
    let is_free = |seat: &SeatId| {
        screen.is_some_and(|screen| screen.seats.contains(seat))
            && owners.is_none_or(|owners| !owners.contains_key(seat))
    };
    let mut sold: Vec<SeatId> = placement.seat_ids();
    sold.retain(|seat| !is_free(seat));
    if sold.is_empty() || is_planted(Bug::NoUniqueIndex) {
        return Ok(());
    }
    sold.sort_unstable();
    Err(PlaceError::SeatsSold(sold))
}

fn write(state: &mut State, placement: &Placement, now: Timestamp) -> Booking {
    let booking = Booking {
        reservation: Reservation {
            id: placement.reservation,
            code: placement.code.clone(),
            showtime: placement.showtime,
            user: placement.user,
            hold: placement.hold,
            status: ReservationStatus::PendingPayment,
            version: Version::FIRST,
            seats: placement.seats.clone(),
            total: placement.total,
            cancel_requested: None,
            expires_at: later(now, placement.pay_within),
            created_at: now,
            updated_at: now,
        },
        payment: Payment {
            id: placement.payment,
            status: PaymentStatus::Created,
            amount: placement.total,
            method: placement.method.clone(),
            attempts: 0,
            tries: 0,
            failure: None,
            began_at: None,
            next_attempt_at: Some(now),
            needs_review: false,
        },
    };
    let seats = placement.seats.iter().map(|seat| SeatRecord {
        showtime: placement.showtime,
        seat: seat.id,
        reservation: placement.reservation,
        price: seat.price,
        claimed_at: now,
        released_at: None,
    });
    let placed = EventRecord {
        reservation: placement.reservation,
        seq: Version::FIRST,
        from: None,
        to: (ReservationStatus::PendingPayment, PaymentStatus::Created),
        actor: Actor::Owner,
        cause: "reserved",
        at: now,
    };
    state.bookings.insert(BookingRow {
        booking: booking.clone(),
        user_seats_max: placement.user_seats_max,
        epoch: LeaseEpoch(0),
        lease_until: None,
        seats: seats.collect(),
        events: vec![placed],
        answers: Vec::new(),
    });
    for message in placement
        .messages
        .iter()
        .filter(|_| !is_planted(Bug::MessagesForgotten))
    {
        state.outbox.append(message, placement.reservation, Version::FIRST, now);
    }
    if let Some(keyed) = &placement.keyed
        && !is_planted(Bug::KeyNotRemembered)
    {
        state.bookings.remember_key(
            placement.user,
            keyed.key.clone(),
            keyed.fingerprint,
            placement.reservation,
            now,
        );
    }
    booking
}
