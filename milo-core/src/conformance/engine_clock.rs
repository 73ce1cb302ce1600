//! The clock of the engine under test, and the durations that cases use.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// A lifetime that a case lets pass. Engines whose clock cannot be moved wait it out, so it is short; yet long enough
/// for the few calls that must happen before it ends.
pub const BRIEF: Duration = Duration::from_secs(2);

/// A lifetime that never passes within a case.
pub const LONG: Duration = Duration::from_mins(10);

/// Longer than what an adapter must remember the longest.
pub const ALMOST_A_DAY: Duration = Duration::from_secs(24 * 60 * 60 - 60);

/// The step between two moments that must be told apart.
pub const TICK: Duration = Duration::from_millis(2);

/// The clock that the engine under test judges by.
#[async_trait]
pub trait EngineClock: Send + Sync {
    /// Now, on the engine's clock.
    async fn now(&self) -> Timestamp;

    /// Lets the engine's clock move on by `by`: moves a manual clock, or waits at least that long.
    async fn advance(&self, by: Duration);

    /// Whether the clock stands still between two calls of [`advance`](Self::advance). Then cases look at the exact
    /// edge of a lifetime and go as far as a day; otherwise they keep away from the edges and go as far as [`BRIEF`].
    fn is_manual(&self) -> bool {
        false
    }
}

/// Moves on by `by` if the clock is manual, else by [`BRIEF`]: for promises that last longer than anybody can wait.
pub(crate) async fn advance_far(clock: &(impl EngineClock + ?Sized), by: Duration) {
    clock.advance(if clock.is_manual() { by } else { BRIEF }).await;
}

/// `time` moved on by `by`.
pub fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap()
}

/// `time` moved back by `by`.
pub fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_sub(by).unwrap()
}
