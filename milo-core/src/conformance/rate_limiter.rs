//! The suite of [`RateLimiter`].

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::ports::{RateDecision, RateLimit, RateLimiter};

use super::stamp::assert_is;
use super::{BRIEF, EngineClock, LONG, Spawn, at_once, samples};

/// A rate limiter whose buckets nobody has used.
pub trait RateLimiterFixture: EngineClock {
    /// The limiter under test.
    fn limiter(&self) -> Arc<dyn RateLimiter>;
}

/// `burst` at once, and one more after each `each`.
fn limit(burst: u32, each: Duration) -> RateLimit {
    RateLimit {
        burst: NonZeroU32::new(burst).unwrap(),
        window: each * burst,
    }
}

fn name() -> String {
    format!("suite:{}", samples::number())
}

/// Takes tokens until there is none; gives how many there were.
async fn drained(limiter: &dyn RateLimiter, name: &str, limit: RateLimit) -> u32 {
    let mut taken = 0;
    while limiter.take(name, limit).await.unwrap() == RateDecision::Allowed {
        taken += 1;
        assert!(taken <= limit.burst.get(), "never more than the burst");
    }
    taken
}

/// A bucket that nobody used gives exactly its burst.
pub async fn an_unused_bucket_is_full(fixture: &impl RateLimiterFixture) {
    let limiter = &*fixture.limiter();
    for burst in [1, 2, 10, 100] {
        assert_eq!(drained(limiter, &name(), limit(burst, LONG)).await, burst);
    }
}

/// A refusal says when a token will be there, and it is there then; having asked costs nothing.
pub async fn a_refusal_says_when_to_come_again(fixture: &impl RateLimiterFixture) {
    let (limiter, name, limit) = (&*fixture.limiter(), name(), limit(3, BRIEF));
    assert_eq!(drained(limiter, &name, limit).await, 3);
    let mut wait = Duration::ZERO;
    for _ in 0..10 {
        let RateDecision::Denied { retry_after } = limiter.take(&name, limit).await.unwrap() else {
            panic!("the bucket is empty");
        };
        assert!(retry_after > Duration::ZERO && retry_after <= BRIEF, "{retry_after:?}");
        wait = retry_after;
    }
    fixture.advance(wait).await;
    assert_eq!(limiter.take(&name, limit).await.unwrap(), RateDecision::Allowed);
    if fixture.is_manual() {
        assert_is!(limiter.take(&name, limit).await.unwrap(), RateDecision::Denied { .. });
    }
}

/// Tokens come back evenly, one after another, not a microsecond early.
pub async fn a_bucket_is_refilled_evenly(fixture: &impl RateLimiterFixture) {
    let (limiter, name, limit) = (&*fixture.limiter(), name(), limit(4, BRIEF));
    drained(limiter, &name, limit).await;
    if fixture.is_manual() {
        fixture.advance(BRIEF - Duration::from_millis(1)).await;
        assert_is!(limiter.take(&name, limit).await.unwrap(), RateDecision::Denied { .. });
        fixture.advance(Duration::from_millis(1)).await;
        assert_eq!(drained(limiter, &name, limit).await, 1);
        fixture.advance(BRIEF * 3).await;
        assert_eq!(drained(limiter, &name, limit).await, 3);
    } else {
        fixture.advance(BRIEF).await;
        assert!((1..4).contains(&drained(limiter, &name, limit).await));
    }
}

/// However long nobody asks, a bucket holds no more than its burst.
pub async fn a_bucket_never_overflows(fixture: &impl RateLimiterFixture) {
    let (limiter, name, limit) = (&*fixture.limiter(), name(), limit(2, BRIEF / 2));
    drained(limiter, &name, limit).await;
    fixture.advance(10 * BRIEF).await;
    assert!(drained(limiter, &name, limit).await >= 2, "full again");
    if fixture.is_manual() {
        assert_is!(limiter.take(&name, limit).await.unwrap(), RateDecision::Denied { .. });
    }
}

/// Every name has its own bucket.
pub async fn buckets_do_not_meet(fixture: &impl RateLimiterFixture) {
    let (limiter, limit) = (&*fixture.limiter(), limit(2, LONG));
    let base = name();
    let names = [
        base.clone(),
        format!("{base}:"),
        base.to_uppercase(),
        format!("{base}*"),
    ];
    for name in names {
        assert_eq!(drained(limiter, &name, limit).await, 2, "{name}");
    }
}

/// A token that is put back can be taken once more, and leaves the other buckets alone.
pub async fn a_token_is_put_back(fixture: &impl RateLimiterFixture) {
    let (limiter, limit) = (&*fixture.limiter(), limit(3, LONG));
    let (name, other) = (name(), name());
    drained(limiter, &name, limit).await;
    drained(limiter, &other, limit).await;
    limiter.give_back(&name, limit).await.unwrap();
    limiter.give_back(&name, limit).await.unwrap();
    assert_eq!(drained(limiter, &name, limit).await, 2);
    assert_is!(limiter.take(&other, limit).await.unwrap(), RateDecision::Denied { .. });
}

/// A full bucket stays full, however much is put back.
pub async fn a_full_bucket_takes_no_more_tokens(fixture: &impl RateLimiterFixture) {
    let (limiter, limit) = (&*fixture.limiter(), limit(3, LONG));
    let (unused, used) = (name(), name());
    limiter.give_back(&unused, limit).await.unwrap();
    assert_eq!(drained(limiter, &unused, limit).await, 3);
    limiter.take(&used, limit).await.unwrap();
    for _ in 0..5 {
        limiter.give_back(&used, limit).await.unwrap();
    }
    assert_eq!(drained(limiter, &used, limit).await, 3);
}

/// Of many at once exactly the burst passes.
pub async fn a_burst_at_once_is_exact(fixture: &impl RateLimiterFixture, spawn: &dyn Spawn) {
    let (limiter, name, limit) = (fixture.limiter(), name(), limit(10, LONG));
    let takes = (0..64).map(|_| {
        let (limiter, name) = (limiter.clone(), name.clone());
        async move { limiter.take(&name, limit).await.unwrap() }
    });
    let decisions = at_once(spawn, takes).await;
    let allowed = decisions
        .iter()
        .filter(|decision| **decision == RateDecision::Allowed)
        .count();
    assert_eq!(allowed, 10);
}

/// Stamps the suite of the rate limiter; takes a future that makes a
/// [`RateLimiterFixture`](crate::conformance::rate_limiter::RateLimiterFixture).
#[macro_export]
macro_rules! rate_limiter_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            rate_limiter,
            $fixture,
            cases: [
                an_unused_bucket_is_full,
                a_refusal_says_when_to_come_again,
                a_bucket_is_refilled_evenly,
                a_bucket_never_overflows,
                buckets_do_not_meet,
                a_token_is_put_back,
                a_full_bucket_takes_no_more_tokens,
            ],
            at_once: [
                a_burst_at_once_is_exact,
            ],
        );
    };
}
