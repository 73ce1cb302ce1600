//! Waits between attempts, and the numbers of the reference deployment.

use std::time::Duration;

use milo_core::domain::SeatSelection;
use milo_core::policy::{Backoff, Policy};
use proptest::prelude::*;

use super::many;

fn backoff(first_ms: u64, cap_ms: u64) -> Backoff {
    Backoff {
        first: Duration::from_millis(first_ms),
        cap: Duration::from_millis(cap_ms),
        attempts_max: 12,
    }
}

/// The longest wait after `tries` failures, by repeated doubling.
fn longest_ms(first_ms: u64, cap_ms: u64, tries: u32) -> u64 {
    let mut longest = first_ms;
    for _ in 1..tries {
        longest = longest.saturating_mul(2).min(cap_ms);
    }
    longest.min(cap_ms)
}

#[test]
fn the_longest_waits_double_up_to_the_cap() {
    let retry = Policy::default().payment_retry;
    let longest = |tries| {
        (0..70_000)
            .map(|random| retry.wait(tries, random))
            .max()
            .unwrap()
            .as_secs()
    };
    let waits: Vec<u64> = (1..=8).map(longest).collect();
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let endless = Backoff {
        first: Duration::MAX,
        cap: Duration::MAX,
        attempts_max: u32::MAX,
    };
    for tries in [0, 1, 2, 32, 33, 34, u32::MAX] {
        assert!(endless.wait(tries, u64::MAX) <= endless.cap);
        assert!(backoff(1000, 60_000).wait(tries, u64::MAX) <= Duration::from_mins(1));
    }
    assert_eq!(backoff(0, 0).wait(5, u64::MAX), Duration::ZERO);
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_wait_lies_between_nothing_and_the_doubled_wait(
        first in 1..5000_u64, cap in 1..100_000_u64, tries in 1..60_u32, random in any::<u64>(),
    ) {
        let wait = backoff(first, cap).wait(tries, random);
        prop_assert!(wait <= Duration::from_millis(longest_ms(first, cap, tries)));
    }

    #[test]
    fn every_wait_up_to_the_longest_can_be_drawn(first in 1..50_u64, cap in 1..500_u64, tries in 1..12_u32) {
        let backoff = backoff(first, cap);
        let longest = longest_ms(first, cap, tries);
        for random in 0..=longest {
            prop_assert_eq!(backoff.wait(tries, random), Duration::from_millis(random));
        }
        prop_assert_eq!(backoff.wait(tries, longest + 1), Duration::ZERO);
    }
}

#[test]
fn the_numbers_of_the_reference_deployment_fit_together() {
    let policy = Policy::default();
    assert!(policy.hold_ttl <= policy.hold_lifetime_max);
    assert!(policy.commit_window < policy.hold_ttl);
    assert!(policy.hold_memory > policy.hold_lifetime_max);
    assert!(policy.payment_lease < policy.payment_deadline);
    assert!(policy.payment_deadline < policy.pay_within);
    assert!(policy.payment_retry.first <= policy.payment_retry.cap);
    assert!(policy.access_token_ttl < policy.session_ttl);
    assert!(policy.idempotency_lease < policy.idempotency_ttl);
    assert_eq!(policy.user_seats_max as usize, SeatSelection::SEATS_MAX);
}
