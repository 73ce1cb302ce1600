use jiff::{Timestamp, TimestampRound, Unit};
use milo_core::ports::Clock;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let exact = Timestamp::now();
        // Cut, not rounded up: a moment that has not come yet is never now. Only the ends of the calendar can fail.
        exact
            .round(
                TimestampRound::new()
                    .smallest(Unit::Microsecond)
                    .mode(jiff::RoundMode::Trunc),
            )
            .unwrap_or(exact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_whole_microseconds() {
        let now = SystemClock.now();
        assert_eq!(now.subsec_nanosecond() % 1000, 0);
    }
}
