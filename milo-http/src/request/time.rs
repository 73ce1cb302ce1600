//! Times and dates as the contract writes them, and nothing looser.

use jiff::Timestamp;
use jiff::civil::Date;
use milo_core::domain::Invalid;

/// Reads an RFC 3339 time with any offset, such as `2026-12-24T19:30:00Z`.
///
/// # Errors
/// `invalid_time`.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, Invalid> {
    let wrong = || Invalid::new("invalid_time", "must be an RFC 3339 time such as 2026-12-24T19:30:00Z");
    if !has_rfc3339_form(text.as_bytes()) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// Reads a date such as `2026-12-24`.
///
/// # Errors
/// `invalid_date`.
pub(crate) fn parse_date(text: &str) -> Result<Date, Invalid> {
    let wrong = || Invalid::new("invalid_date", "must be a date such as 2026-12-24");
    if !fits(text.as_bytes(), b"0000-00-00") {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}

/// The date and time library reads more than RFC 3339: spaces, week dates, zone names in brackets.
fn has_rfc3339_form(text: &[u8]) -> bool {
    let Some((head, rest)) = text.split_at_checked(19) else {
        return false;
    };
    if !fits(head, b"0000-00-00T00:00:00") {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    rest == b"Z" || fits(rest, b"+00:00") || fits(rest, b"-00:00")
}

/// Whether the text has the form: a digit for each `0`, everything else as it stands.
fn fits(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text.iter().zip(form).all(|(byte, like)| match like {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_is_the_same_moment() {
        let utc = parse_time("2026-12-24T19:30:00Z").unwrap();
        assert_eq!(parse_time("2026-12-24T20:30:00+01:00"), Ok(utc));
        assert_eq!(parse_time("2026-12-24T19:30:00.000Z"), Ok(utc));
        assert_eq!(utc.to_string(), "2026-12-24T19:30:00Z");
    }

    #[test]
    fn what_is_not_rfc3339_is_no_time() {
        for text in [
            "2026-12-24",
            "2026-12-24T19:30Z",
            "2026-12-24 19:30:00Z",
            "2026-12-24T19:30:00",
            "2026-12-24T19:30:00.Z",
            "2026-13-24T19:30:00Z",
            "2026-12-24T24:30:00Z",
            "2026-12-24T19:30:00+01:00[Europe/Berlin]",
            "",
            "+002026-12-24T19:30:00Z",
        ] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_plain_date_is_no_date() {
        assert!(parse_date("2028-02-29").is_ok());
        for text in [
            "2026-02-29",
            "2026-1-1",
            "20260101",
            "2026-01-01T00:00:00Z",
            "2026-W01-1",
            "",
        ] {
            assert!(parse_date(text).is_err(), "{text}");
        }
    }
}
