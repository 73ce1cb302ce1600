//! What leaves Milo through the outbox.

use super::{HoldId, MessageId, PaymentFailure, PaymentId, ReservationId, SeatId, ShowtimeId, UserId};

/// A message that is written with the step it belongs to and delivered at least once afterwards.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// Names the message, so that a receiver can tell a repeat.
    pub id: MessageId,
    /// What it says.
    pub kind: MessageKind,
}

/// What a message says. All of them may be repeated and reordered without harm.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "topic")]
pub enum MessageKind {
    /// A worker should look at a payment. To the payment queue.
    PaymentDue {
        /// The payment.
        payment: PaymentId,
        /// Its showtime, which its row is found by.
        showtime: ShowtimeId,
    },
    /// A payment could not be driven on. To the dead-letter queue.
    PaymentDead {
        /// The payment.
        payment: PaymentId,
        /// Its showtime.
        showtime: ShowtimeId,
        /// What was wrong.
        reason: PaymentFailure,
    },
    /// A reservation has claimed seats. To the seat locks.
    SeatsTaken {
        /// The showtime.
        showtime: ShowtimeId,
        /// The reservation.
        reservation: ReservationId,
        /// Whose it is.
        user: UserId,
        /// The hold that it used up.
        hold: HoldId,
        /// The seats.
        seats: Vec<SeatId>,
    },
    /// A reservation is paid: its seats no longer count against its user's limit. To the seat locks.
    SeatsSettled {
        /// The showtime.
        showtime: ShowtimeId,
        /// The reservation.
        reservation: ReservationId,
    },
    /// A reservation has given its seats back. To the seat locks.
    SeatsFreed {
        /// The showtime.
        showtime: ShowtimeId,
        /// The reservation.
        reservation: ReservationId,
        /// The seats.
        seats: Vec<SeatId>,
    },
    /// A person should know. To the notifier.
    Notify {
        /// Who.
        user: UserId,
        /// Of which reservation.
        reservation: ReservationId,
        /// What.
        notice: Notice,
    },
}

impl MessageKind {
    /// The stored name of the topic.
    pub fn topic(&self) -> &'static str {
        match self {
            Self::PaymentDue { .. } => "payment_due",
            Self::PaymentDead { .. } => "payment_dead",
            Self::SeatsTaken { .. } => "seats_taken",
            Self::SeatsSettled { .. } => "seats_settled",
            Self::SeatsFreed { .. } => "seats_freed",
            Self::Notify { .. } => "notify",
        }
    }
}

/// What a person is told about a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// It is paid; here is the ticket.
    Confirmed,
    /// It was not paid in time.
    Expired,
    /// Its payment failed.
    PaymentFailed,
    /// It was cancelled as its owner wished.
    Cancelled,
    /// Its showtime was cancelled.
    ShowtimeCancelled,
    /// Its money is back.
    Refunded,
}

impl Notice {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::Cancelled => "cancelled",
            Self::ShowtimeCancelled => "showtime_cancelled",
            Self::Refunded => "refunded",
        }
    }
}
