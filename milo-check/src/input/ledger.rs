//! The gateway's own books.

use serde::{Deserialize, Serialize};

/// What the gateway was asked, in order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Its entries.
    #[serde(default)]
    pub ledger: Vec<Entry>,
}

/// One call that reached the gateway.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the columns'")]
pub struct Entry {
    pub sequence: u64,
    pub payment: String,
    /// The operation's key: the same for every attempt.
    pub key: String,
    pub operation: Operation,
    #[serde(default)]
    pub amount_minor: Option<i64>,
    #[serde(default)]
    pub currency: Option<String>,
    /// Whether the call changed something: false for repeats, refusals and failures.
    pub effect: bool,
}

/// What a gateway can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Reserve the money.
    #[serde(rename = "auth")]
    Authorize,
    /// Take it.
    #[serde(rename = "capture")]
    Capture,
    /// Close the payment without taking money.
    #[serde(rename = "close")]
    Close,
    /// Give it back.
    #[serde(rename = "refund")]
    Refund,
}
