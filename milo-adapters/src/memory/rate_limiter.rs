use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use milo_core::ports::{Clock, PortError, RateDecision, RateLimit, RateLimiter};

use super::lock;

/// Token buckets in memory, by the generic cell rate algorithm: a bucket is one number, the time at which it will be
/// full. Full buckets are forgotten, so only those in use take memory.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    buckets: Mutex<Buckets>,
}

/// Times are microseconds since 1970.
#[derive(Default)]
struct Buckets {
    full_at: BTreeMap<Arc<str>, i128>,
    by_time: BTreeSet<(i128, Arc<str>)>,
}

impl MemoryRateLimiter {
    /// The most buckets in use; beyond it, those that are full the soonest are forgotten.
    pub const BUCKETS_MAX: usize = 100_000;

    /// A limiter whose buckets are all full.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
        }
    }

    fn act(&self) -> (MutexGuard<'_, Buckets>, i128) {
        let mut buckets = lock(&self.buckets);
        let now = i128::from(self.clock.now().as_microsecond());
        buckets.forget_full(now);
        (buckets, now)
    }
}

impl fmt::Debug for MemoryRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRateLimiter").finish_non_exhaustive()
    }
}

impl Buckets {
    /// The most full buckets that one call forgets: more than it can add, so that they never pile up.
    const FORGOTTEN_MAX: usize = 4;

    fn forget_full(&mut self, now: i128) {
        for _ in 0..Self::FORGOTTEN_MAX {
            match self.by_time.first() {
                Some((full_at, name)) if *full_at <= now || self.full_at.len() > MemoryRateLimiter::BUCKETS_MAX => {
                    let name = name.clone();
                    self.remove(&name);
                }
                _ => return,
            }
        }
    }

    fn remove(&mut self, name: &str) {
        if let Some((name, full_at)) = self.full_at.remove_entry(name) {
            self.by_time.remove(&(full_at, name));
        }
    }

    fn put(&mut self, name: &str, full_at: i128) {
        self.remove(name);
        let name: Arc<str> = name.into();
        self.by_time.insert((full_at, name.clone()));
        self.full_at.insert(name, full_at);
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn take(&self, name: &str, limit: RateLimit) -> Result<RateDecision, PortError> {
        let (mut buckets, now) = self.act();
        let burst = i128::from(limit.burst.get());
        let per_token = per_token(limit);
        let full_at = buckets.full_at.get(name).copied().unwrap_or(now).max(now);
        let full_after = full_at.saturating_add(per_token);
        let too_early = full_after
            .saturating_sub(now)
            .saturating_sub(per_token.saturating_mul(burst));
        if too_early > 0 {
            let micros = u64::try_from(too_early).unwrap_or(u64::MAX);
            return Ok(RateDecision::Denied {
                retry_after: Duration::from_micros(micros),
            });
        }
        buckets.put(name, full_after);
        Ok(RateDecision::Allowed)
    }

    async fn give_back(&self, name: &str, limit: RateLimit) -> Result<(), PortError> {
        let (mut buckets, now) = self.act();
        if let Some(full_at) = buckets.full_at.get(name).copied() {
            match full_at.saturating_sub(per_token(limit)) {
                full_at if full_at > now => buckets.put(name, full_at),
                _ => buckets.remove(name),
            }
        }
        Ok(())
    }
}

/// How long one token takes to come back, in microseconds: rounded up to the clock's precision, so that no more than
/// `burst` ever fit into a window.
fn per_token(limit: RateLimit) -> i128 {
    let micros = limit
        .window
        .as_nanos()
        .div_ceil(1_000)
        .div_ceil(limit.burst.get().into());
    i128::try_from(micros)
        .unwrap_or(i128::MAX / i128::from(limit.burst.get()))
        .max(1)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::memory::ManualClock;

    fn limiter() -> (ManualClock, MemoryRateLimiter) {
        let clock = ManualClock::default();
        (clock.clone(), MemoryRateLimiter::new(Arc::new(clock)))
    }

    fn limit(burst: u32, window: Duration) -> RateLimit {
        RateLimit {
            burst: NonZeroU32::new(burst).unwrap(),
            window,
        }
    }

    #[tokio::test]
    async fn the_wait_that_is_named_is_long_enough_and_not_too_long() {
        let (clock, limiter) = limiter();
        // Seven does not divide a second.
        let limit = limit(7, Duration::from_secs(1));
        for _ in 0..7 {
            assert_eq!(limiter.take("a", limit).await.unwrap(), RateDecision::Allowed);
        }
        let RateDecision::Denied { retry_after } = limiter.take("a", limit).await.unwrap() else {
            panic!("the bucket was empty");
        };
        clock.advance(retry_after - Duration::from_micros(1));
        let denied = limiter.take("a", limit).await.unwrap();
        let last = Duration::from_micros(1);
        assert_eq!(denied, RateDecision::Denied { retry_after: last });
        clock.advance(last);
        assert_eq!(limiter.take("a", limit).await.unwrap(), RateDecision::Allowed);
    }

    #[tokio::test]
    async fn full_buckets_are_forgotten() {
        let (clock, limiter) = limiter();
        let limit = limit(1, Duration::from_secs(1));
        for number in 0..1_000 {
            limiter.take(&number.to_string(), limit).await.unwrap();
            clock.advance(Duration::from_millis(100));
        }
        assert!(lock(&limiter.buckets).full_at.len() <= 11);
    }
}
