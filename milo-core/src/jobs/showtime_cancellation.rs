//! Cancelling what belongs to cancelled showtimes.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::domain::{Actor, CancelReason, MessageId, SeatClaims};
use crate::milo::Core;
use crate::ports::{ApplyError, JobKind, PortError};

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
        let ports = &self.core.ports;
        let stranded = ports.bookings.stranded(self.core.policy.batch).await?;
        let mut report = JobReport {
            more: stranded.len() >= self.core.policy.batch,
            ..JobReport::default()
        };
        for booking in stranded {
            let step = booking.step(Actor::ShowtimeCancellation, None, || MessageId(ports.ids.next_id()));
            let Ok(transition) = step.cancel(CancelReason::ShowtimeCancelled) else {
                continue;
            };
            match ports.bookings.apply(&transition).await {
                Ok(booking) => {
                    let released = transition.seats == SeatClaims::Release;
                    if released {
                        self.core.tell_moved(&booking).await;
                    }
                    report.count(if released { "cancelled" } else { "marked" });
                }
                // It moved on meanwhile: the next run looks at it again.
                Err(ApplyError::Stale | ApplyError::GuardFailed) => report.count("moved_on"),
                Err(ApplyError::Port(error)) => return Err(error),
            }
        }
        if report.handled > 0 {
            ports.wakeup.wake(JobKind::OutboxRelay);
        }
        Ok(report)
    }
}
