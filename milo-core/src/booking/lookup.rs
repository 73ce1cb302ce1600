//! Looking at one's reservations.

use crate::domain::{Booking, Caller, Page, PageRequest, ReservationId};
use crate::ports::PortError;

use super::BookingService;

/// Why a reservation was not shown.
#[derive(Debug, thiserror::Error)]
pub enum BookingReadError {
    /// The caller has no such reservation.
    #[error("no such reservation")]
    NotFound,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl BookingService<'_> {
    /// One of the caller's reservations, with its payment.
    ///
    /// # Errors
    /// See [`BookingReadError`].
    pub async fn reservation(&self, caller: Caller, reservation: ReservationId) -> Result<Booking, BookingReadError> {
        let booking = self.core.ports.bookings.booking(reservation).await?;
        booking
            .filter(|booking| booking.reservation.user == caller.user)
            .ok_or(BookingReadError::NotFound)
    }

    /// The caller's reservations, newest first.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn reservations(&self, caller: Caller, page: &PageRequest) -> Result<Page<Booking>, PortError> {
        self.core.ports.bookings.bookings_of(caller.user, page).await
    }
}
