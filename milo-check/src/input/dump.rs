//! The database at one moment: the tables of the booking path. Columns that are not listed are not looked at.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::states::{PaymentStatus, Status};

/// The rows of one snapshot. A table that is absent is empty, except `seats`: absent, it is not checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are the tables'")]
pub struct Dump {
    /// Whether the system had come to rest: no work was due any more. Some promises are only about that moment.
    #[serde(default)]
    pub settled: bool,
    #[serde(default)]
    pub showtimes: Vec<Showtime>,
    #[serde(default)]
    pub seats: Option<Vec<Seat>>,
    #[serde(default)]
    pub reservations: Vec<Reservation>,
    #[serde(default)]
    pub reserved_seats: Vec<ReservedSeat>,
    #[serde(default)]
    pub payments: Vec<Payment>,
    #[serde(default)]
    pub reservation_events: Vec<Event>,
    #[serde(default)]
    pub payment_ops: Vec<PaymentOp>,
    #[serde(default)]
    pub outbox: Vec<Message>,
    #[serde(default)]
    pub reservation_keys: Vec<Key>,
    #[serde(default)]
    pub showtime_cancellations: Vec<Cancellation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Showtime {
    pub id: String,
    pub status: String,
    pub screen_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Seat {
    pub screen_id: String,
    pub id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Reservation {
    pub showtime_id: String,
    pub id: String,
    pub version: u64,
    pub code: String,
    pub user_id: String,
    pub hold_id: String,
    pub status: Status,
    pub seat_count: u64,
    pub total_minor: i64,
    pub currency: String,
    pub user_seats_max: u64,
    #[serde(default)]
    pub cancel_requested: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct ReservedSeat {
    pub showtime_id: String,
    pub reservation_id: String,
    pub seat_id: String,
    pub screen_id: String,
    pub price_minor: i64,
    #[serde(default)]
    pub released_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Payment {
    pub showtime_id: String,
    pub id: String,
    pub reservation_id: String,
    pub status: PaymentStatus,
    pub amount_minor: i64,
    pub currency: String,
    #[serde(default)]
    pub next_attempt_at: Option<Timestamp>,
    #[serde(default)]
    pub needs_review: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Event {
    pub showtime_id: String,
    pub reservation_id: String,
    pub seq: u64,
    #[serde(default)]
    pub from_status: Option<Status>,
    #[serde(default)]
    pub from_payment_status: Option<PaymentStatus>,
    pub to_status: Status,
    pub to_payment_status: PaymentStatus,
    pub actor: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct PaymentOp {
    pub showtime_id: String,
    pub reservation_id: String,
    pub step: u64,
    pub payment_id: String,
    pub op_key: String,
    pub outcome: String,
    pub amount_minor: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Message {
    pub showtime_id: String,
    pub id: String,
    pub reservation_id: String,
    pub step: u64,
    pub topic: String,
    /// Looked at for `reservation` and `showtime`, if it has them.
    #[serde(default)]
    pub payload: serde_json::Value,
    pub written_at: Timestamp,
    #[serde(default)]
    pub parked_at: Option<Timestamp>,
    #[serde(default)]
    pub delivered_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Key {
    pub user_id: String,
    pub key: String,
    pub showtime_id: String,
    pub reservation_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Cancellation {
    pub showtime_id: String,
}
