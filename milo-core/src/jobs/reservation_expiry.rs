//! Expiring reservations that nobody paid.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::domain::Actor;
use crate::milo::Core;
use crate::planted::{Bug, is_planted};
use crate::ports::{JobKind, PortError};

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
        if is_planted(Bug::ExpirySleeps) {
            return Ok(JobReport::default());
        }
        let expired = self.core.ports.bookings.expired(self.core.policy.batch).await?;
        self.core
            .take_steps(expired, Actor::Expiry, |step| step.expire(), |_| "expired")
            .await
    }
}
