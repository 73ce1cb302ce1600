//! What a payment token tells the simulated gateway to do.

use std::time::Duration;

use milo_core::domain::PaymentToken;

/// The longest time that a token can make an answer wait.
const SLOW_MAX: Duration = Duration::from_mins(1);

/// How the gateway treats a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behaviour {
    /// Everything works.
    Pays,
    /// The authorization is declined.
    Declines,
    /// So many authorizations fail before they have an effect.
    Flaky(u32),
    /// So many answers to each operation are lost after it was done.
    Lost(u32),
    /// Every authorization fails before it has an effect.
    Down,
    /// The authorization is decided this long after it was first asked for.
    Slow(Duration),
    /// The authorization works, its capture is refused.
    CaptureRefused,
    /// So many refunds fail before they have an effect.
    RefundFlaky(u32),
    /// The token means nothing.
    Invalid,
}

impl Behaviour {
    pub(super) fn of(token: &PaymentToken) -> Self {
        let token = token.expose();
        let number = |prefix| token.strip_prefix(prefix).and_then(whole);
        match token {
            "tok_ok" => Self::Pays,
            "tok_declined" => Self::Declines,
            "tok_down" => Self::Down,
            "tok_capture_refused" => Self::CaptureRefused,
            _ => None
                .or_else(|| number("tok_flaky_").map(Self::Flaky))
                .or_else(|| number("tok_lost_").map(Self::Lost))
                .or_else(|| number("tok_refund_flaky_").map(Self::RefundFlaky))
                .or_else(|| {
                    let wait = number("tok_slow_")?;
                    Some(Self::Slow(Duration::from_millis(wait.into()).min(SLOW_MAX)))
                })
                .unwrap_or(Self::Invalid),
        }
    }
}

/// Decimal digits and nothing else: `u32::from_str` would take a sign.
fn whole(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_token_has_its_meaning() {
        let meanings = [
            ("tok_ok", Behaviour::Pays),
            ("tok_declined", Behaviour::Declines),
            ("tok_flaky_3", Behaviour::Flaky(3)),
            ("tok_lost_2", Behaviour::Lost(2)),
            ("tok_down", Behaviour::Down),
            ("tok_slow_250", Behaviour::Slow(Duration::from_millis(250))),
            ("tok_slow_90000", Behaviour::Slow(Duration::from_mins(1))),
            ("tok_capture_refused", Behaviour::CaptureRefused),
            ("tok_refund_flaky_4", Behaviour::RefundFlaky(4)),
        ];
        for (token, meaning) in meanings {
            assert_eq!(Behaviour::of(&PaymentToken::parse(token).unwrap()), meaning, "{token}");
        }
    }

    #[test]
    fn every_other_token_is_invalid() {
        let odd = [
            "tok",
            "TOK_OK",
            "tok_ok_",
            "tok_flaky_",
            "tok_flaky_-1",
            "tok_flaky_+1",
            "tok_flaky_99999999999",
            "tok_slow_1s",
        ];
        for token in odd {
            assert_eq!(
                Behaviour::of(&PaymentToken::parse(token).unwrap()),
                Behaviour::Invalid,
                "{token}"
            );
        }
    }
}
