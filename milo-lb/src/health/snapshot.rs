//! A node's health, for people.

use serde::{Deserialize, Serialize};

/// What operators are told of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthSnapshot {
    /// `ready`, `unready`, `draining` or `out`.
    pub standing: String,
    /// Why it is not ready, or not wholly; else nothing.
    pub why: String,
    /// What part of its turns it takes.
    pub share_percent: u8,
    /// How often it was ejected without a good while between.
    pub ejections_in_a_row: u32,
    /// Until its ejection ends; 0 if it is not ejected.
    pub ejected_for_ms: u64,
    /// Checks that passed, in a row.
    pub passes_in_a_row: u32,
    /// Checks without an answer, in a row.
    pub silences_in_a_row: u32,
}
