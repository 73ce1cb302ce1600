//! Expiring reservations that nobody paid.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::domain::{Actor, MessageId};
use crate::milo::Core;
use crate::ports::{ApplyError, JobKind, PortError};

/// Ends pending reservations whose time to pay is over, and frees their seats. A payment that begins at the same
/// instant wins or loses by compare-and-set; whichever it is, there is one winner.
#[derive(Clone, Debug)]
pub struct ReservationExpiry {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for ReservationExpiry {
    fn kind(&self) -> JobKind {
        JobKind::ReservationExpiry
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let ports = &self.core.ports;
        let expired = ports.bookings.expired(self.core.policy.batch).await?;
        let mut report = JobReport {
            more: expired.len() >= self.core.policy.batch,
            ..JobReport::default()
        };
        for booking in expired {
            let step = booking.step(Actor::Expiry, None, || MessageId(ports.ids.next_id()));
            let Ok(transition) = step.expire() else { continue };
            match ports.bookings.apply(&transition).await {
                Ok(booking) => {
                    self.core.tell_moved(&booking).await;
                    report.count("expired");
                }
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
