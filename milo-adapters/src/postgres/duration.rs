use std::time::Duration;

use sqlx::postgres::types::PgInterval;

/// The longest that anything is counted ahead of now: a time that far off is never, and can still be named.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 1000);

/// A duration as Postgres counts it: in whole microseconds, rounded up.
pub(super) fn interval(duration: Duration) -> PgInterval {
    let micros = duration.min(LONGEST).as_nanos().div_ceil(1000);
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(micros).unwrap_or(i64::MAX),
    }
}

/// What Postgres counted between two times of its own; nothing, if the second was the earlier.
pub(super) fn duration(interval: &PgInterval) -> Duration {
    let days = i64::from(interval.days).saturating_mul(MICROS_A_DAY);
    let micros = interval.microseconds.saturating_add(days);
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// The difference of two times is told in days of this length and a rest.
const MICROS_A_DAY: i64 = 24 * 60 * 60 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_microsecond_are_rounded_up() {
        assert_eq!(interval(Duration::from_nanos(1)).microseconds, 1);
        assert_eq!(interval(Duration::from_nanos(2000)).microseconds, 2);
    }

    #[test]
    fn the_longest_duration_is_cut_to_what_can_be_named() {
        assert_eq!(interval(Duration::MAX), interval(LONGEST));
    }

    #[test]
    fn days_and_microseconds_add_up() {
        let told = PgInterval {
            months: 0,
            days: 2,
            microseconds: 5,
        };
        assert_eq!(duration(&told), Duration::from_hours(48) + Duration::from_micros(5));
    }

    #[test]
    fn a_negative_interval_is_no_time() {
        let told = PgInterval {
            months: 0,
            days: 0,
            microseconds: -5,
        };
        assert_eq!(duration(&told), Duration::ZERO);
    }
}
