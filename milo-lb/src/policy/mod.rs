//! Which node is next. Pure: a policy sees numbers and says an index.

use serde::{Deserialize, Serialize};

/// The policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyName {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastConnections,
    /// The better of two that are drawn.
    PowerOfTwo,
}
