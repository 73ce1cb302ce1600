//! Delivering the outbox.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;

use super::{Job, JobReport};
use crate::domain::{Message, MessageKind};
use crate::milo::Core;
use crate::ports::{JobKind, Notification, PaymentWake, PortError};

/// Takes messages under a lease, delivers them side by side, marks those that arrived. A message that fails comes back
/// later and is parked in the end, so that a poisoned one cannot hold others up.
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
        let messages = ports.outbox.take(policy.batch, policy.outbox_lease).await?;
        let results = join_all(messages.iter().map(|message| self.deliver(message))).await;

        let mut report = JobReport {
            more: messages.len() >= policy.batch,
            ..JobReport::default()
        };
        let mut arrived = Vec::with_capacity(messages.len());
        for (message, result) in messages.iter().zip(results) {
            let Err(error) = result else {
                arrived.push(message.id);
                report.count(message.kind.topic());
                continue;
            };
            let retry = policy.outbox_retry;
            // The tries are counted by the store; the wait is drawn as for a second try, which is enough to spread.
            let wait = retry.wait(2, ports.ids.random());
            let parked = ports.outbox.failed(message.id, wait, retry.attempts_max).await?;
            tracing::warn!(%error, message.id = %message.id, topic = message.kind.topic(), parked, "a message was not delivered");
            report.count(if parked { "parked" } else { "failed" });
        }
        if !arrived.is_empty() {
            ports.outbox.delivered(&arrived).await?;
        }
        Ok(report)
    }
}

impl OutboxRelay {
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
