//! Delivering the outbox.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{Job, JobReport};
use crate::domain::{Message, MessageKind};
use crate::milo::Core;
use crate::planted::{Bug, is_planted};
use crate::ports::{JobKind, Notification, PaymentWake, PortError, TakenMessage};

/// Takes messages under a lease, delivers them side by side, marks those that arrived. A message that fails comes back
/// later; one that is refused time and again is parked, so that it cannot hold others up.
#[derive(Clone, Debug)]
pub struct OutboxRelay {
    pub(super) core: Arc<Core>,
}

#[async_trait]
impl Job for OutboxRelay {
    fn kind(&self) -> JobKind {
        JobKind::OutboxRelay
    }

    async fn run_once(&self) -> Result<JobReport, PortError> {
        let (ports, policy) = (&self.core.ports, &self.core.policy);
        let taken = ports.outbox.take(policy.batch, policy.outbox_lease).await?;
        if is_planted(Bug::DeliveredBeforeSent) {
            let all: Vec<_> = taken.iter().map(|taken| taken.message.id).collect();
            ports.outbox.delivered(&all).await?;
        }
        let results = join_all(taken.iter().map(|taken| self.deliver(&taken.message))).await;

        let mut report = JobReport {
            more: taken.len() >= policy.batch,
            ..JobReport::default()
        };
        let mut arrived = Vec::with_capacity(taken.len());
        for (TakenMessage { message, failures }, result) in taken.iter().zip(results) {
            let Err(error) = result else {
                arrived.push(message.id);
                report.count(message.kind.topic());
                continue;
            };
            let retry_after = self.retry_after(failures.saturating_add(1), &error);
            let parked = retry_after.is_none();
            tracing::warn!(%error, message.id = %message.id, topic = message.kind.topic(), parked, "a message was not delivered");
            ports.outbox.failed(message.id, retry_after).await?;
            report.count(if parked { "parked" } else { "failed" });
        }
        if !arrived.is_empty() {
            ports.outbox.delivered(&arrived).await?;
        }
        Ok(report)
    }
}

impl OutboxRelay {
    /// When to deliver again; none to park. A receiver that is merely down is waited for without end: what it must be
    /// told does not become less true. Only a message that it refuses time and again is set aside.
    fn retry_after(&self, failures: u32, error: &PortError) -> Option<Duration> {
        let retry = self.core.policy.outbox_retry;
        let again = error.may_retry() || failures < retry.attempts_max;
        again.then(|| retry.wait(failures, self.core.ports.ids.random()))
    }

    async fn deliver(&self, message: &Message) -> Result<(), PortError> {
        let ports = &self.core.ports;
        match &message.kind {
            MessageKind::PaymentDue { payment, showtime } => {
                ports
                    .queue
                    .publish(&PaymentWake {
                        id: message.id,
                        payment: *payment,
                        showtime: *showtime,
                    })
                    .await
            }
            MessageKind::PaymentDead {
                payment,
                showtime,
                reason,
            } => {
                let wake = PaymentWake {
                    id: message.id,
                    payment: *payment,
                    showtime: *showtime,
                };
                ports.queue.bury(&wake, reason).await
            }
            MessageKind::SeatsTaken {
                showtime,
                reservation,
                user,
                hold,
                seats,
            } => ports.locks.take(*showtime, *reservation, *user, *hold, seats).await,
            MessageKind::SeatsSettled { showtime, reservation } => ports.locks.settle(*showtime, *reservation).await,
            MessageKind::SeatsFreed {
                showtime,
                reservation,
                seats,
            } => ports.locks.free(*showtime, *reservation, seats).await,
            MessageKind::Notify {
                user,
                reservation,
                notice,
            } => {
                let notification = Notification {
                    id: message.id,
                    user: *user,
                    reservation: *reservation,
                    notice: *notice,
                };
                ports.notifier.send(&notification).await
            }
        }
    }
}
