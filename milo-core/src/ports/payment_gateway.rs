use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{Money, PaymentFailure, PaymentId, PaymentMethod, ReservationId, ShowtimeId};

/// What a gateway is asked to reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The payment; every operation on it names it again.
    pub payment: PaymentId,
    /// The operation's key, `milo:<payment>:auth`; the same for every attempt.
    pub key: String,
    /// How much.
    pub amount: Money,
    /// From where.
    pub method: PaymentMethod,
    /// What it is for, kept by the gateway so that money can be traced without our store.
    pub reservation: ReservationId,
    /// The showtime.
    pub showtime: ShowtimeId,
}

/// Why a gateway did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Refused for certain, and for ever: it was not done and never will be with this payment.
    #[error("the gateway refused: {}", .0.as_str())]
    Refused(PaymentFailure),
    /// See [`PortError`]. Whatever it says, the operation may have been done: repeat it with the same key.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What a gateway knows of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GatewayStatus {
    /// It was never asked, or has not decided.
    Unknown,
    /// The money is reserved.
    Authorized,
    /// It refused.
    Declined,
    /// The money was taken.
    Captured,
    /// Closed without money taken; nothing can be authorized any more.
    Closed,
    /// The money was given back.
    Refunded,
}

/// A payment provider: authorize, then capture. Proven by [`crate::conformance::payment_gateway`].
///
/// Every operation is idempotent: with the same key it has one effect, however often it is asked, and gives the same
/// certain answer. A time-out is never a refusal.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Debug + Send + Sync {
    /// Reserves the money. [`GatewayError::Refused`] is a decline; after [`close`](Self::close) it is certain.
    async fn authorize(&self, authorization: &Authorization) -> Result<(), GatewayError>;

    /// Takes the reserved money, under the key `milo:<payment>:capture`.
    async fn capture(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError>;

    /// Closes a payment that was not captured, whether or not it was authorized: reserved money goes back at once, and
    /// an authorization that arrives later is refused.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] if the money was taken.
    async fn close(&self, payment: PaymentId) -> Result<(), GatewayError>;

    /// Gives captured money back, under the key `milo:<payment>:refund`.
    ///
    /// # Errors
    /// [`GatewayError::Refused`] if nothing was captured.
    async fn refund(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError>;

    /// What the gateway knows of the payment.
    async fn lookup(&self, payment: PaymentId) -> Result<GatewayStatus, GatewayError>;
}
