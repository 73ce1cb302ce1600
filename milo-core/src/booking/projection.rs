//! Keeping the lock store's picture of what is sold close to the truth. All of it is courtesy: the outbox repeats it,
//! and the store of record refuses what the picture got wrong.

use super::BookingService;
use crate::domain::{Booking, Hold, HoldRequest, ShowtimeId};
use crate::milo::Core;
use crate::ports::{AcquireError, PortError};

/// How often a showtime is warmed for one request before it counts as a failure: it can only be cold again if the lock
/// store lost everything in between.
const WARM_ATTEMPTS_MAX: usize = 3;

impl BookingService<'_> {
    /// Acquires, warming the showtime when it is cold: one call in the common case.
    pub(super) async fn acquire(&self, request: &HoldRequest) -> Result<Hold, AcquireError> {
        let locks = &self.core.ports.locks;
        for _ in 0..WARM_ATTEMPTS_MAX {
            match locks.acquire(request).await {
                Err(AcquireError::Cold) => self.warm(request.showtime).await?,
                decided => return decided,
            }
        }
        Err(PortError::transient("seat_locks", "the showtime does not stay warm").into())
    }

    /// Tells the lock store what the store of record has sold.
    pub(super) async fn warm(&self, showtime: ShowtimeId) -> Result<(), PortError> {
        let taken = self.core.ports.bookings.taken_seats(showtime).await?;
        self.core.ports.locks.warm(showtime, &taken).await
    }
}

impl Core {
    /// Tells the lock store at once what a new reservation took.
    pub(crate) async fn tell_taken(&self, booking: &Booking) {
        let reservation = &booking.reservation;
        let (showtime, seats) = (reservation.showtime, reservation.seat_ids());
        let told = self
            .ports
            .locks
            .take(showtime, reservation.id, reservation.user, reservation.hold, &seats)
            .await;
        courtesy(told);
    }

    /// Tells the lock store at once what became of a reservation that may have let go of its seats.
    pub(crate) async fn tell_moved(&self, booking: &Booking) {
        let reservation = &booking.reservation;
        if !reservation.status.owns_seats() {
            let seats = reservation.seat_ids();
            courtesy(
                self.ports
                    .locks
                    .free(reservation.showtime, reservation.id, &seats)
                    .await,
            );
        } else if !reservation.status.is_open() {
            courtesy(self.ports.locks.settle(reservation.showtime, reservation.id).await);
        }
    }
}

/// The outbox will repeat it, so a failure costs nothing but a moment.
fn courtesy(result: Result<(), PortError>) {
    if let Err(error) = result {
        tracing::debug!(%error, "the seat locks were not told at once; the outbox repeats it");
    }
}
