//! Seat maps, holds and reservations.

use milo_core::booking::{
    BookingReadError, CancelError, ExtendHoldError, HoldLookupError, HoldSeatsError, ReserveError, SeatMapError,
};
use serde_json::json;

use super::{Problem, ProblemType};
use crate::dto::{Wanted, seats_unavailable};
use crate::idempotency;

impl From<SeatMapError> for Problem {
    fn from(error: SeatMapError) -> Self {
        match error {
            SeatMapError::NotFound => Self::not_found(),
            SeatMapError::Port(error) => error.into(),
        }
    }
}

impl From<HoldLookupError> for Problem {
    fn from(error: HoldLookupError) -> Self {
        match error {
            HoldLookupError::NotFound => Self::not_found(),
            HoldLookupError::Port(error) => error.into(),
        }
    }
}

impl From<ExtendHoldError> for Problem {
    fn from(error: ExtendHoldError) -> Self {
        match error {
            ExtendHoldError::NotFound => Self::not_found(),
            ExtendHoldError::Lapsed => hold_lapsed(),
            ExtendHoldError::AtLimit => Self::new(
                ProblemType::HoldLimitReached,
                "A hold is extended once. Reserve, or let it go.",
            ),
            ExtendHoldError::Port(error) => error.into(),
        }
    }
}

impl From<BookingReadError> for Problem {
    fn from(error: BookingReadError) -> Self {
        match error {
            BookingReadError::NotFound => Self::not_found(),
            BookingReadError::Port(error) => error.into(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound => Self::not_found(),
            CancelError::NotCancellable => Self::new(
                ProblemType::NotCancellable,
                "It has ended already, or its showtime has started.",
            ),
            CancelError::Port(error) => error.into(),
        }
    }
}

fn hold_lapsed() -> Problem {
    Problem::new(ProblemType::HoldLapsed, "Hold the seats again; they may still be free.")
}

fn showtime_closed() -> Problem {
    Problem::new(ProblemType::ShowtimeClosed, "Seats can no longer be had.")
}

fn hold_limit() -> Problem {
    Problem::new(
        ProblemType::HoldLimit,
        "Release a hold, or wait until a reservation is paid or has ended.",
    )
}

const UNKNOWN_SEAT: (&str, &str) = ("unknown_seat", "must be a seat of this showtime's screen");
const UNPRICED_SEAT: (&str, &str) = ("not_for_sale", "must be of a kind that has a price in this showtime");

impl Wanted {
    /// Why these seats were not held.
    pub(crate) fn not_held(&self, error: HoldSeatsError) -> Problem {
        match error {
            HoldSeatsError::NoSuchShowtime => Problem::not_found(),
            HoldSeatsError::ShowtimeClosed => showtime_closed(),
            HoldSeatsError::UnknownSeats(seats) => self.wrong(&seats, UNKNOWN_SEAT.0, UNKNOWN_SEAT.1),
            HoldSeatsError::UnpricedSeats(seats) => self.wrong(&seats, UNPRICED_SEAT.0, UNPRICED_SEAT.1),
            HoldSeatsError::SeatsUnavailable(seats) => seats_unavailable(&seats),
            HoldSeatsError::TooManySeats => hold_limit(),
            HoldSeatsError::KeyReused => idempotency::reused(),
            HoldSeatsError::Port(error) => error.into(),
        }
    }

    /// Why these seats, or those of a hold, were not reserved.
    pub(crate) fn not_reserved(&self, error: ReserveError) -> Problem {
        match error {
            ReserveError::NoSuchHold | ReserveError::NoSuchShowtime => Problem::not_found(),
            ReserveError::HoldLapsed => hold_lapsed(),
            ReserveError::ShowtimeClosed => showtime_closed(),
            ReserveError::UnknownSeats(seats) => self.wrong(&seats, UNKNOWN_SEAT.0, UNKNOWN_SEAT.1),
            ReserveError::UnpricedSeats(seats) => self.wrong(&seats, UNPRICED_SEAT.0, UNPRICED_SEAT.1),
            ReserveError::SeatsUnavailable(seats) => seats_unavailable(&seats),
            ReserveError::PriceChanged { total } => {
                let total = json!({"amount": total.amount(), "currency": total.currency().as_str()});
                Problem::new(
                    ProblemType::PriceChanged,
                    "See total for what the seats cost now. Hold them again to accept it.",
                )
                .with("total", total)
            }
            ReserveError::TooManySeats => hold_limit(),
            ReserveError::KeyReused => idempotency::reused(),
            ReserveError::Port(error) => error.into(),
        }
    }
}
