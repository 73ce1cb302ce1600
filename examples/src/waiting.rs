use std::time::Duration;

use milo_core::Milo;
use milo_core::booking::BookingReadError;
use milo_core::domain::{Booking, Caller, ReservationId, ReservationStatus};

/// How often a reservation is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The reservation once its payment is decided, for better or worse.
///
/// # Errors
/// See [`BookingReadError`].
pub async fn settled(milo: &Milo, caller: Caller, reservation: ReservationId) -> Result<Booking, BookingReadError> {
    loop {
        let booking = milo.booking().reservation(caller, reservation).await?;
        match booking.reservation.status {
            ReservationStatus::PendingPayment | ReservationStatus::Paying => tokio::time::sleep(LOOK_EVERY).await,
            _ => return Ok(booking),
        }
    }
}
