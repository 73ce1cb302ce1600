//! Notifications for the log, until a real way to reach people is plugged in.

use async_trait::async_trait;
use milo_core::ports::{Notification, Notifier, PortError};

/// Writes each notification to the log: ids only, no name and no address.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn send(&self, notification: &Notification) -> Result<(), PortError> {
        tracing::info!(
            notification.id = %notification.id,
            user.id = %notification.user,
            reservation.id = %notification.reservation,
            notice = notification.notice.as_str(),
            "a person would be notified"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use milo_core::domain::{MessageId, Notice, ReservationId, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::testing::logged;

    #[test]
    fn a_notification_is_logged_with_its_ids() {
        let notification = Notification {
            id: MessageId(Uuid::from_u128(1)),
            user: UserId(Uuid::from_u128(2)),
            reservation: ReservationId(Uuid::from_u128(3)),
            notice: Notice::Refunded,
        };

        let log = logged(async { LogNotifier.send(&notification).await.unwrap() });

        for text in [
            "INFO",
            "notice=\"refunded\"",
            "-000000000001",
            "-000000000002",
            "-000000000003",
        ] {
            assert!(log.contains(text), "{text} in {log}");
        }
    }
}
