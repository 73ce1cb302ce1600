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
