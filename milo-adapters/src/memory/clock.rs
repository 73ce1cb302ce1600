use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};
use milo_core::ports::Clock;
use std::sync::Mutex;

use super::lock;

/// A clock that moves only when it is told to, for tests and simulations. Its clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(whole_microseconds(now))))
    }

    /// Moves the clock forward, at most to the end of the calendar.
    pub fn advance(&self, by: Duration) {
        let mut now = lock(&self.0);
        *now = whole_microseconds(later(*now, by));
    }

    /// Moves the clock to `now`, forward or back.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.0) = whole_microseconds(now);
    }
}

impl Default for ManualClock {
    /// Stands at a Monday morning: 2026-01-05 at 09:00, UTC.
    fn default() -> Self {
        Self::new(Timestamp::constant(1_767_603_600, 0))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

fn whole_microseconds(time: Timestamp) -> Timestamp {
    let cut = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(jiff::RoundMode::Trunc);
    time.round(cut).unwrap_or(time)
}

/// `time` and `by` later, at most the end of the calendar.
pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// As [`later`], by whole milliseconds, rounded up.
pub(super) fn later_by_millis(time: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX);
    time.saturating_add(SignedDuration::from_millis(millis))
        .unwrap_or(Timestamp::MAX)
}

/// How long `past` lies before `now`; nothing if it does not.
pub(super) fn since(past: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(past)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_show_the_same_time() {
        let clock = ManualClock::default();
        let other = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(since(ManualClock::default().now(), other.now()), Duration::from_secs(5));
        let noon = Timestamp::constant(1_767_614_400, 0);
        other.set(noon);
        assert_eq!(clock.now(), noon);
    }

    #[test]
    fn the_default_time_is_the_one_that_is_documented() {
        assert_eq!(ManualClock::default().now().to_string(), "2026-01-05T09:00:00Z");
    }

    #[test]
    fn a_lifetime_is_rounded_up_to_whole_milliseconds() {
        let start = Timestamp::UNIX_EPOCH;
        let lapses = later_by_millis(start, Duration::from_micros(1_001));
        assert_eq!(since(start, lapses), Duration::from_millis(2));
    }

    #[test]
    fn the_calendar_has_an_end() {
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
        assert_eq!(later_by_millis(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX);
    }
}
