//! How many requests may be sent again, and which.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use milo_lb::retry::{RetryBudget, may_repeat};
use proptest::prelude::*;

#[test]
fn what_only_reads_may_be_repeated_and_nothing_else_without_a_key() {
    let none = HeaderMap::new();
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        assert!(may_repeat(&method, &none), "{method}");
    }
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        assert!(!may_repeat(&method, &none), "{method}");
    }
}

#[test]
fn one_key_makes_any_request_repeatable() {
    let with = |keys: &[&str]| {
        let mut headers = HeaderMap::new();
        for key in keys {
            headers.append("idempotency-key", key.parse().unwrap());
        }
        headers
    };
    assert!(may_repeat(&Method::POST, &with(&["k"])));
    for keys in [&[""][..], &[" "], &["k", "k"], &["k", ""]] {
        assert!(!may_repeat(&Method::POST, &with(keys)), "{keys:?}");
    }
}

#[test]
fn without_requests_there_are_as_many_as_each_second_gives() {
    let budget = RetryBudget::new(20, 10);
    let begun = Instant::now();
    let taken = |now| (0..100).filter(|_| budget.take(now)).count();
    assert_eq!(taken(begun), 10);
    assert_eq!(taken(begun + Duration::from_millis(500)), 5);
    assert_eq!(taken(begun + Duration::from_secs(60)), 10);
}

#[test]
fn a_budget_of_nothing_gives_nothing() {
    let budget = RetryBudget::new(0, 0);
    let now = Instant::now();
    for _ in 0..1_000 {
        budget.request(now);
    }
    assert!(!budget.take(now));
}

proptest! {
    #[test]
    fn never_more_than_a_part_of_all_and_what_each_second_gives(
        percent in 0_u32..=100,
        per_second in 0_u32..20,
        steps in proptest::collection::vec((0_u64..500, 0_usize..50, 0_usize..50), 1..100),
    ) {
        let budget = RetryBudget::new(percent, per_second);
        let begun = Instant::now();
        let (mut now, mut requests, mut taken) = (begun, 0, 0);
        for (milliseconds, asked, tries) in steps {
            now += Duration::from_millis(milliseconds);
            for _ in 0..asked {
                budget.request(now);
                requests += 1;
            }
            taken += (0..tries).filter(|_| budget.take(now)).count();
            let most = f64::from(requests) * f64::from(percent) / 100.0
                + f64::from(per_second) * (1.0 + (now - begun).as_secs_f64());
            prop_assert!(taken as f64 <= most + 1e-6, "{} of {}", taken, most);
        }
    }
}

#[test]
fn threads_together_take_no_more_than_there_is() {
    let budget = RetryBudget::new(10, 0);
    let now = Instant::now();
    let taken = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    budget.request(now);
                    if budget.take(now) {
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let taken = taken.load(Ordering::Relaxed);
    assert!((700..=800).contains(&taken), "{taken}");
}
