//! Cancelling a reservation.

use crate::domain::{Actor, Booking, Caller, CancelReason, MessageId, ReservationId, ReservationStatus, SeatClaims};
use crate::ports::{ApplyError, Failure, JobKind, PortError};

use super::{BookingReadError, BookingService};

/// Why a reservation was not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The caller has no such reservation.
    #[error("no such reservation")]
    NotFound,
    /// It ended already, or its showtime has started.
    #[error("the reservation can no longer be cancelled")]
    NotCancellable,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl From<BookingReadError> for CancelError {
    fn from(error: BookingReadError) -> Self {
        match error {
            BookingReadError::NotFound => Self::NotFound,
            BookingReadError::Port(error) => Self::Port(error),
        }
    }
}

/// How often the decision is made anew because the reservation moved on meanwhile. A reservation has fewer steps.
const ATTEMPTS_MAX: usize = 8;

impl BookingService<'_> {
    /// Cancels the caller's reservation. A pending one frees its seats at once; one that is being paid is marked, and
    /// the payment machine honours the wish; a confirmed one is refunded, if its showtime has not started.
    ///
    /// # Errors
    /// See [`CancelError`].
    pub async fn cancel(&self, caller: Caller, reservation: ReservationId) -> Result<Booking, CancelError> {
        let ports = &self.core.ports;
        for _ in 0..ATTEMPTS_MAX {
            let booking = self.reservation(caller, reservation).await?;
            if booking.reservation.status == ReservationStatus::Paying && booking.reservation.cancel_requested.is_some()
            {
                return Ok(booking);
            }
            let step = booking.step(Actor::Owner, None, || MessageId(ports.ids.next_id()));
            let Ok(transition) = step.cancel(CancelReason::Owner) else {
                return Err(CancelError::NotCancellable);
            };
            match ports.bookings.apply(&transition).await {
                Ok(booking) => {
                    ports.wakeup.wake(JobKind::OutboxRelay);
                    if transition.seats == SeatClaims::Release {
                        self.core.tell_moved(&booking).await;
                    }
                    return Ok(booking);
                }
                Err(ApplyError::Stale) => {}
                Err(ApplyError::GuardFailed) => return Err(CancelError::NotCancellable),
                Err(ApplyError::Port(error)) if error.failure == Failure::OutcomeUnknown => {
                    return self.perhaps_cancelled(caller, reservation, error).await;
                }
                Err(ApplyError::Port(error)) => return Err(error.into()),
            }
        }
        Err(PortError::transient("booking_store", "the reservation keeps moving").into())
    }

    /// Looks what became of a cancellation whose answer was lost, so that the caller need not guess: a repeat would be
    /// refused because of the first try's success.
    async fn perhaps_cancelled(
        &self,
        caller: Caller,
        reservation: ReservationId,
        error: PortError,
    ) -> Result<Booking, CancelError> {
        let booking = self.reservation(caller, reservation).await?;
        let wished = booking.reservation.cancel_requested.is_some();
        if !wished && booking.reservation.status != ReservationStatus::Cancelled {
            return Err(error.into());
        }
        self.core.ports.wakeup.wake(JobKind::OutboxRelay);
        self.core.tell_moved(&booking).await;
        Ok(booking)
    }
}
