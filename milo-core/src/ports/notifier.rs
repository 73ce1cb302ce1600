use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{MessageId, Notice, ReservationId, UserId};

/// Something a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notification {
    /// Names the notification, so that a repeat can be told.
    pub id: MessageId,
    /// Who.
    pub user: UserId,
    /// Of which reservation.
    pub reservation: ReservationId,
    /// What.
    pub notice: Notice,
}

/// Tells people what became of their reservations, at least once.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Notifier: Debug + Send + Sync {
    /// Hands the notification over; when this returns, it is on its way.
    async fn send(&self, notification: &Notification) -> Result<(), PortError>;
}
