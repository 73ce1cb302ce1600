//! Reservations and their state machine.

use jiff::Timestamp;

use super::{BookingCode, HoldId, Money, PricedSeat, ReservationId, SeatId, ShowtimeId, UserId, Version};

/// Where a reservation stands.
///
/// ```text
/// pending_payment ── Begin ──▶ paying ── Confirm ──▶ confirmed ── Revoke ──▶ cancelled
///   │       └─ Withdraw ─▶ cancelled ◀── Abandon ──┤
///   └─ Expire ─▶ expired                           └─ Fail ─▶ payment_failed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    /// The seats are claimed; the payment has not begun.
    PendingPayment,
    /// The payment has begun. Only the payment machine leaves this state.
    Paying,
    /// Paid; the seats are sold.
    Confirmed,
    /// Nobody began to pay in time; final.
    Expired,
    /// Given up by its owner or with its showtime; final.
    Cancelled,
    /// The payment was declined or given up; final.
    PaymentFailed,
}

/// A step of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationMove {
    /// A worker begins the payment.
    Begin,
    /// The time to pay is over.
    Expire,
    /// The owner, or the end of its showtime, cancels it before the payment begins.
    Withdraw,
    /// The money was captured.
    Confirm,
    /// The payment was declined or voided.
    Fail,
    /// The payment was declined or voided, and somebody had wished to cancel.
    Abandon,
    /// The owner, or the end of its showtime, cancels a confirmed one; the money goes back.
    Revoke,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reservation that is {} cannot {step:?}", .from.as_str())]
pub struct IllegalReservationMove {
    /// The state.
    pub from: ReservationStatus,
    /// The step.
    pub step: ReservationMove,
}

impl ReservationMove {
    /// Every step.
    pub const ALL: [Self; 7] = [
        Self::Begin,
        Self::Expire,
        Self::Withdraw,
        Self::Confirm,
        Self::Fail,
        Self::Abandon,
        Self::Revoke,
    ];
}

impl ReservationStatus {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::PendingPayment,
        Self::Paying,
        Self::Confirmed,
        Self::Expired,
        Self::Cancelled,
        Self::PaymentFailed,
    ];

    /// The state after `step`.
    ///
    /// # Errors
    /// [`IllegalReservationMove`] for every pair that is not drawn above; final states allow none.
    pub fn after(self, step: ReservationMove) -> Result<Self, IllegalReservationMove> {
        use ReservationMove as Move;
        match (self, step) {
            (Self::PendingPayment, Move::Begin) => Ok(Self::Paying),
            (Self::PendingPayment, Move::Expire) => Ok(Self::Expired),
            (Self::PendingPayment, Move::Withdraw) => Ok(Self::Cancelled),
            (Self::Paying, Move::Confirm) => Ok(Self::Confirmed),
            (Self::Paying, Move::Fail) => Ok(Self::PaymentFailed),
            (Self::Paying, Move::Abandon) => Ok(Self::Cancelled),
            (Self::Confirmed, Move::Revoke) => Ok(Self::Cancelled),
            (from, step) => Err(IllegalReservationMove { from, step }),
        }
    }

    /// Whether it owns its seats.
    pub fn owns_seats(self) -> bool {
        matches!(self, Self::PendingPayment | Self::Paying | Self::Confirmed)
    }

    /// Whether its payment is still open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::PendingPayment | Self::Paying)
    }

    /// The published name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingPayment => "pending_payment",
            Self::Paying => "paying",
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::PaymentFailed => "payment_failed",
        }
    }
}

/// Why a reservation is, or should be, cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its owner asked.
    Owner,
    /// Its showtime was cancelled.
    ShowtimeCancelled,
}

impl CancelReason {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::ShowtimeCancelled => "showtime_cancelled",
        }
    }
}

/// A booking of seats of one showtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The reservation.
    pub id: ReservationId,
    /// What stands on the ticket; unique.
    pub code: BookingCode,
    /// The showtime.
    pub showtime: ShowtimeId,
    /// Whose it is.
    pub user: UserId,
    /// The hold it was made from; unique for each showtime, so that a hold is reserved once.
    pub hold: HoldId,
    /// Where it stands.
    pub status: ReservationStatus,
    /// Raised by every step of the reservation or its payment.
    pub version: Version,
    /// The seats at the prices paid, ascending by id.
    pub seats: Vec<PricedSeat>,
    /// The sum of the prices.
    pub total: Money,
    /// Set while the payment is under way and somebody wishes to cancel; the payment machine honours it.
    pub cancel_requested: Option<CancelReason>,
    /// The payment must have begun by then, on the store's clock.
    pub expires_at: Timestamp,
    /// When it was made, on the store's clock.
    pub created_at: Timestamp,
    /// When it last changed, on the store's clock.
    pub updated_at: Timestamp,
}

impl Reservation {
    /// The seats' ids, ascending.
    pub fn seat_ids(&self) -> Vec<SeatId> {
        self.seats.iter().map(|seat| seat.id).collect()
    }
}
