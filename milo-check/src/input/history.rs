//! What clients did and were told, one event a line.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::states::{PaymentStatus, Status};

/// A line of the history.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Line<'a> {
    /// About the whole history.
    Meta(Meta),
    /// A client asks.
    #[serde(borrow)]
    Invoke(Invoke<'a>),
    /// It was answered with a success.
    Ok(Answered<'a>),
    /// It was refused for certain: nothing was done.
    Fail(Answered<'a>),
    /// Nobody knows: no answer, or one that says so.
    Info(Answered<'a>),
    /// Something was broken on purpose.
    Fault(Fault<'a>),
}

/// About the whole history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meta {
    /// How long a hold lasts at least once it is granted, in microseconds. Absent, holds are taken to lapse at any time.
    #[serde(default)]
    pub hold_lease_us: u64,
    /// Whether other clients were at work as well, whose calls are not in here.
    #[serde(default)]
    pub others_too: bool,
}

/// A client asks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the crate's documentation lists them")]
pub struct Invoke<'a> {
    pub process: u64,
    pub time_us: u64,
    pub op: Op,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub showtime: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Cow<'a, str>>,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Hold seats of a showtime.
    Hold,
    /// Let a hold go.
    Release,
    /// Reserve a hold, or seats of a showtime.
    Reserve,
    /// Cancel a reservation.
    Cancel,
    /// Look at a reservation.
    #[default]
    Read,
    /// Look at the seats of a showtime.
    SeatMap,
    /// Cancel a whole showtime.
    CancelShowtime,
}

/// How a call ended.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the crate's documentation lists them")]
pub struct Answered<'a> {
    pub process: u64,
    pub time_us: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub body_hash: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub showtime: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<PaymentStatus>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable_seats: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub sold: Vec<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub yours: Vec<Cow<'a, str>>,
}

/// Something was broken on purpose, from one time to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault<'a> {
    /// What: only [`HOLDS_LOST`](Self::HOLDS_LOST) changes what is judged.
    #[serde(borrow)]
    pub fault: Cow<'a, str>,
    /// When it began.
    pub from_us: u64,
    /// When it was over for certain.
    pub to_us: u64,
}

impl Fault<'_> {
    /// The store of holds lost what it knew, at some time in the window.
    pub const HOLDS_LOST: &'static str = "holds_lost";
}
