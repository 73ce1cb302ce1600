//! Cancelling what belongs to cancelled showtimes.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::domain::{Actor, CancelReason, ReservationStatus, SeatClaims, Transition};
use crate::milo::Core;
use crate::planted::{Bug, is_planted};
use crate::ports::{JobKind, PortError};

/// Fans the cancellation of a showtime out to its reservations: pending ones end, paid ones are refunded, and those
/// being paid are marked so that the payment machine ends them.
#[derive(Clone, Debug)]
pub struct ShowtimeCancellation {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for ShowtimeCancellation {
    fn kind(&self) -> JobKind {
        JobKind::ShowtimeCancellation
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let mut stranded = self.core.ports.bookings.stranded(self.core.policy.batch).await?;
        if is_planted(Bug::PaidOutliveTheShow) {
            stranded.retain(|booking| booking.reservation.status != ReservationStatus::Confirmed);
        }
        let outcome = |transition: &Transition| match transition.seats {
            SeatClaims::Release => "cancelled",
            SeatClaims::Keep => "marked",
        };
        self.core
            .take_steps(
                stranded,
                Actor::ShowtimeCancellation,
                |step| step.cancel(CancelReason::ShowtimeCancelled),
                outcome,
            )
            .await
    }
}
