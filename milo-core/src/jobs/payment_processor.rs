//! Driving the payments that the queue names.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Job, JobReport};
use crate::milo::Core;
use crate::ports::{JobKind, PortError};

/// Receives one message, drives its payment as far as it goes, and acknowledges after the effect is committed. Run as
/// many of them side by side as payments should go on at once: a slow gateway then holds up only its own payment.
#[derive(Clone, Debug)]
pub struct PaymentProcessor {
    pub(super) core: Arc<Core>,
    pub(super) wait: Duration,
}

#[async_trait]
impl Job for PaymentProcessor {
    fn kind(&self) -> JobKind {
        JobKind::PaymentProcessor
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let ports = &self.core.ports;
        let mut report = JobReport::default();
        let Some(delivery) = ports.queue.receive(self.wait).await? else {
            return Ok(report);
        };
        report.more = true;
        let driven = match ports
            .bookings
            .claim_payment(delivery.wake.payment, self.core.policy.payment_lease)
            .await
        {
            Ok(Some(claim)) => self.core.drive_payment(claim).await,
            // Somebody else drives it, or nothing is to be done: the message has done its work.
            Ok(None) => Ok("idle"),
            Err(error) => Err(error),
        };
        match driven {
            Ok(outcome) => {
                ports.queue.acknowledge(&delivery).await?;
                report.count(outcome);
                Ok(report)
            }
            Err(error) => {
                // Never swallowed: delivered again, dead-lettered in the end; the reconciler finds the payment anyway.
                if let Err(second) = ports.queue.reject(&delivery).await {
                    tracing::warn!(error = %second, "a message could not be rejected; its queue will deliver it again");
                }
                Err(error)
            }
        }
    }
}
