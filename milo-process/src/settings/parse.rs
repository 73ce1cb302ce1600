//! How values are written. Each function is a `value_parser` of clap's; its error says what would be right.

use std::num::NonZeroU32;
use std::time::Duration;

use jiff::SignedDuration;
use milo_core::ports::RateLimit;

/// Reads a time such as `8m`, `30s` or `500ms`.
///
/// # Errors
/// What would be right, as with every function here.
pub fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a time longer than nothing, such as 8m, 30s or 500ms".to_owned();
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(time)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(wrong)
}

/// Reads a time that may be nothing.
///
/// # Errors
/// As above.
pub fn time_or_none(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a time such as 1s, or 0s".to_owned();
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(time).map_err(|_| wrong())
}

/// Reads a time of whole seconds: tokens count nothing smaller.
///
/// # Errors
/// As above.
pub fn whole_seconds(text: &str) -> Result<Duration, String> {
    let time = time(text)?;
    if time.subsec_nanos() == 0 {
        Ok(time)
    } else {
        Err("must be whole seconds, such as 10m".to_owned())
    }
}

/// Reads a rate such as `10/15m`: so many at once, and as many again in that time.
///
/// # Errors
/// As above.
pub fn rate(text: &str) -> Result<RateLimit, String> {
    let wrong = || "must be a count and a time, such as 10/15m".to_owned();
    let (count, window) = text.split_once('/').ok_or_else(wrong)?;
    let burst: NonZeroU32 = count.trim().parse().map_err(|_| wrong())?;
    let window = time(window.trim()).map_err(|_| wrong())?;
    Ok(RateLimit { burst, window })
}

/// Reads a size such as `64KiB`, `1MiB` or `65536`, in bytes.
///
/// # Errors
/// As above.
pub fn size(text: &str) -> Result<usize, String> {
    let wrong = || "must be a size from 1KiB to 16MiB, such as 64KiB".to_owned();
    let (digits, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let unit: usize = match unit.trim() {
        "" | "B" => 1,
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return Err(wrong()),
    };
    let count: usize = digits.parse().map_err(|_| wrong())?;
    let bytes = count.checked_mul(unit).ok_or_else(wrong)?;
    if (1024..=16 * 1024 * 1024).contains(&bytes) {
        Ok(bytes)
    } else {
        Err(wrong())
    }
}

/// Reads a count within bounds.
///
/// # Errors
/// As above.
pub fn count<const MIN: u32, const MAX: u32>(text: &str) -> Result<u32, String> {
    let count: Option<u32> = text.parse().ok().filter(|count| (MIN..=MAX).contains(count));
    count.ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
}

/// Reads a count that is not zero.
///
/// # Errors
/// As above.
pub fn positive<const MAX: u32>(text: &str) -> Result<NonZeroU32, String> {
    let count: Option<NonZeroU32> = text.parse().ok().filter(|count: &NonZeroU32| count.get() <= MAX);
    count.ok_or_else(|| format!("must be a whole number from 1 to {MAX}"))
}

/// Reads a small count that is not zero.
///
/// # Errors
/// As above.
pub fn small<const MAX: u16>(text: &str) -> Result<u16, String> {
    let count: Option<u16> = text.parse().ok().filter(|count| (1..=MAX).contains(count));
    count.ok_or_else(|| format!("must be a whole number from 1 to {MAX}"))
}

/// Reads `true` or `false`.
///
/// # Errors
/// As above.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_longer_than_nothing() {
        assert_eq!(time("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("720h"), Ok(Duration::from_hours(720)));
        for wrong in ["", "8", "0s", "-1s", "8 minutes of fame"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_units_and_bounds() {
        assert_eq!(size("64KiB"), Ok(65536));
        assert_eq!(size("65536"), Ok(65536));
        for wrong in ["", "64KB", "1GiB", "17MiB", "12", "-1", "99999999999999999999MiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_are_a_count_and_a_time() {
        let rate_of = |text| rate(text).map(|rate| (rate.burst.get(), rate.window));
        assert_eq!(rate_of("10/15m"), Ok((10, Duration::from_mins(15))));
        for wrong in ["10", "0/1m", "10/0s", "/1m", "ten/1m"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
