//! Driving payments that are due, whatever became of the queue.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{Job, JobReport};
use crate::milo::Core;
use crate::planted::{Bug, is_planted};
use crate::ports::{JobKind, PortError};

/// Claims payments that are due and that nobody drives: waits that are over, leases of workers that died, messages that
/// were lost. With the queue deleted, this alone settles every payment.
#[derive(Clone, Debug)]
pub struct Reconciler {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for Reconciler {
    fn kind(&self) -> JobKind {
        JobKind::Reconciler
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let (ports, policy) = (&self.core.ports, &self.core.policy);
        if is_planted(Bug::ReconcilerSleeps) {
            return Ok(JobReport::default());
        }
        let claims = ports
            .bookings
            .claim_due_payments(policy.batch, policy.payment_lease)
            .await?;
        let mut report = JobReport {
            more: claims.len() >= policy.batch,
            ..JobReport::default()
        };
        let mut first_error = None;
        for driven in join_all(claims.into_iter().map(|claim| self.core.drive_payment(claim))).await {
            match driven {
                Ok(outcome) => report.count(outcome),
                Err(error) => {
                    report.count("error");
                    first_error.get_or_insert(error);
                }
            }
        }
        first_error.map_or(Ok(report), Err)
    }
}
