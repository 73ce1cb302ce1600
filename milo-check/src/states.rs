//! The states of a reservation and its payment, and which of them can follow which. Written anew from the published
//! contract, on purpose.

use serde::{Deserialize, Serialize};

/// A reservation's published state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its payment.
    PendingPayment,
    /// Its payment is under way.
    Paying,
    /// Paid: the seats are sold.
    Confirmed,
    /// Not paid in time.
    Expired,
    /// Cancelled by its owner or with its showtime.
    Cancelled,
    /// Its payment failed.
    PaymentFailed,
}

impl Status {
    /// Whether a reservation in this state owns its seats.
    pub fn owns_seats(self) -> bool {
        matches!(self, Self::PendingPayment | Self::Paying | Self::Confirmed)
    }
}

/// A payment's published state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the contract's")]
pub enum PaymentStatus {
    Created,
    Authorizing,
    Capturing,
    Captured,
    Voiding,
    Voided,
    Declined,
    Dropped,
    Refunding,
    Refunded,
}

/// Both together.
pub(crate) type Pair = (Status, PaymentStatus);

/// Every pair that there may be.
pub(crate) const PAIRS: [Pair; 12] = {
    use PaymentStatus as P;
    use Status as S;
    [
        (S::PendingPayment, P::Created),
        (S::Paying, P::Authorizing),
        (S::Paying, P::Capturing),
        (S::Paying, P::Voiding),
        (S::Confirmed, P::Captured),
        (S::Expired, P::Dropped),
        (S::Cancelled, P::Dropped),
        (S::Cancelled, P::Declined),
        (S::Cancelled, P::Voided),
        (S::PaymentFailed, P::Declined),
        (S::PaymentFailed, P::Voided),
        (S::Cancelled, P::Refunding),
    ]
};

/// The last of all: what is refunding ends so.
pub(crate) const REFUNDED: Pair = (Status::Cancelled, PaymentStatus::Refunded);

/// Whether a payment with a reservation in this state may be in that one.
pub(crate) fn go_together(pair: Pair) -> bool {
    pair == REFUNDED || PAIRS.contains(&pair)
}

/// Whether one step leads from one pair to the other. A step may also change neither: a wish, another attempt.
pub(crate) fn is_step(from: Pair, to: Pair) -> bool {
    use PaymentStatus as P;
    use Status as S;
    from == to
        || matches!(
            (from, to),
            (
                (S::PendingPayment, P::Created),
                (S::Paying, P::Authorizing) | (S::Expired | S::Cancelled, P::Dropped)
            ) | (
                (S::Paying, P::Authorizing),
                (S::Paying, P::Capturing | P::Voiding) | (S::PaymentFailed | S::Cancelled, P::Declined)
            ) | (
                (S::Paying, P::Capturing),
                (S::Paying, P::Voiding) | (S::Confirmed, P::Captured)
            ) | ((S::Paying, P::Voiding), (S::PaymentFailed | S::Cancelled, P::Voided))
                | ((S::Confirmed, P::Captured), (S::Cancelled, P::Refunding))
                | ((S::Cancelled, P::Refunding), (S::Cancelled, P::Refunded))
        )
}

/// Whether the later state can come of the earlier one, in however many steps. Without a payment's state, the
/// reservation's alone is judged.
pub(crate) fn leads_to(earlier: (Status, Option<PaymentStatus>), later: (Status, Option<PaymentStatus>)) -> bool {
    let fits = |seen: (Status, Option<PaymentStatus>), pair: Pair| {
        seen.0 == pair.0 && seen.1.is_none_or(|payment| payment == pair.1)
    };
    let all = || PAIRS.into_iter().chain([REFUNDED]);
    let mut reached: Vec<Pair> = all().filter(|pair| fits(earlier, *pair)).collect();
    let mut looked_at = 0;
    while let Some(&from) = reached.get(looked_at) {
        if fits(later, from) {
            return true;
        }
        for to in all().filter(|to| is_step(from, *to)) {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
        looked_at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_never_comes_back_from_its_end() {
        for end in [Status::Expired, Status::Cancelled, Status::PaymentFailed] {
            for status in [Status::PendingPayment, Status::Paying, Status::Confirmed] {
                assert!(leads_to((Status::PendingPayment, None), (end, None)));
                assert!(!leads_to((end, None), (status, None)), "{end:?} to {status:?}");
            }
        }
    }

    #[test]
    fn a_payment_that_is_voiding_never_captures() {
        let voiding = (Status::Paying, Some(PaymentStatus::Voiding));
        assert!(!leads_to(voiding, (Status::Confirmed, None)));
        assert!(leads_to(voiding, (Status::Cancelled, Some(PaymentStatus::Voided))));
    }

    #[test]
    fn a_confirmed_reservation_ends_only_refunded() {
        let confirmed = (Status::Confirmed, Some(PaymentStatus::Captured));
        assert!(leads_to(confirmed, (Status::Cancelled, Some(PaymentStatus::Refunded))));
        assert!(!leads_to(confirmed, (Status::PaymentFailed, None)));
        assert!(!leads_to(confirmed, (Status::Cancelled, Some(PaymentStatus::Voided))));
    }
}
