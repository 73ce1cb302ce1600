//! A rate limiter that never lets everybody through.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use milo_core::ports::{PortError, RateDecision, RateLimit, RateLimiter};

/// A shared limiter, and a stricter one of this process for while the shared one fails.
///
/// Every instance then counts alone, so each allows only its part: the burst divided by the number of instances, at least
/// one. What was taken on one side while the other was down is not carried over, and a token that is given back to the
/// wrong side finds at worst a bucket that is a little fuller than it should be.
#[derive(Debug)]
pub struct FallbackRateLimiter {
    shared: Arc<dyn RateLimiter>,
    local: Arc<dyn RateLimiter>,
    instances: NonZeroU32,
    is_alone: AtomicBool,
}

impl FallbackRateLimiter {
    /// `shared` as long as it answers, else `local`, as one of so many `instances`.
    pub fn new(shared: Arc<dyn RateLimiter>, local: Arc<dyn RateLimiter>, instances: NonZeroU32) -> Self {
        Self {
            shared,
            local,
            instances,
            is_alone: AtomicBool::new(false),
        }
    }

    /// What this instance may allow on its own.
    fn part_of(&self, limit: RateLimit) -> RateLimit {
        let burst = limit.burst.get() / self.instances;
        RateLimit {
            burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
            ..limit
        }
    }

    /// The shared limiter's answer, unless it failed.
    fn answered<T>(&self, answer: Result<T, PortError>) -> Option<T> {
        match (self.turn(answer.is_err()), &answer) {
            (Turn::Alone, Err(error)) => {
                tracing::warn!(%error, "the shared rate limiter failed; each instance counts alone");
            }
            (Turn::Together, _) => tracing::info!("the shared rate limiter answers again"),
            _ => {}
        }
        answer.ok()
    }

    /// What has changed since the last answer.
    fn turn(&self, has_failed: bool) -> Turn {
        match (self.is_alone.swap(has_failed, Ordering::Relaxed), has_failed) {
            (false, true) => Turn::Alone,
            (true, false) => Turn::Together,
            _ => Turn::None,
        }
    }
}

/// A change that is worth telling, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    None,
    Alone,
    Together,
}

#[async_trait]
impl RateLimiter for FallbackRateLimiter {
    async fn take(&self, name: &str, limit: RateLimit) -> Result<RateDecision, PortError> {
        match self.answered(self.shared.take(name, limit).await) {
            Some(decision) => Ok(decision),
            None => self.local.take(name, self.part_of(limit)).await,
        }
    }

    async fn give_back(&self, name: &str, limit: RateLimit) -> Result<(), PortError> {
        match self.answered(self.shared.give_back(name, limit).await) {
            Some(()) => Ok(()),
            None => self.local.give_back(name, self.part_of(limit)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::layers::{FaultOdds, FaultPlan, Faulty};
    use crate::memory::{ManualClock, MemoryRateLimiter};

    const INSTANCES: NonZeroU32 = NonZeroU32::new(3).unwrap();

    fn limit(burst: u32) -> RateLimit {
        RateLimit {
            burst: NonZeroU32::new(burst).unwrap(),
            window: Duration::from_mins(1),
        }
    }

    fn memory() -> Arc<dyn RateLimiter> {
        Arc::new(MemoryRateLimiter::new(Arc::new(ManualClock::default())))
    }

    async fn drained(limiter: &dyn RateLimiter, limit: RateLimit) -> u32 {
        let mut taken = 0;
        while limiter.take("a", limit).await.unwrap() == RateDecision::Allowed {
            taken += 1;
        }
        taken
    }

    #[tokio::test]
    async fn a_shared_limiter_that_answers_decides_alone() {
        let local = memory();
        let limiter = FallbackRateLimiter::new(memory(), Arc::clone(&local), INSTANCES);
        assert_eq!(drained(&limiter, limit(9)).await, 9);
        limiter.give_back("a", limit(9)).await.unwrap();
        assert_eq!(drained(&limiter, limit(9)).await, 1);
        assert_eq!(drained(&*local, limit(9)).await, 9, "the local one was not asked");
    }

    /// Over a shared limiter that fails until the plan heals.
    fn alone() -> (FallbackRateLimiter, Arc<FaultPlan>) {
        let plan = FaultPlan::seeded(
            1,
            FaultOdds {
                transient: 1000,
                ..FaultOdds::default()
            },
        );
        let shared = Arc::new(Faulty::<dyn RateLimiter>::new(memory(), plan.clone()));
        (FallbackRateLimiter::new(shared, memory(), INSTANCES), plan)
    }

    #[tokio::test]
    async fn alone_an_instance_allows_its_part_and_at_least_one() {
        let (limiter, _plan) = alone();
        assert_eq!(drained(&limiter, limit(9)).await, 3);
        limiter.give_back("a", limit(9)).await.unwrap();
        assert_eq!(drained(&limiter, limit(9)).await, 1);
        let (limiter, _plan) = alone();
        assert_eq!(drained(&limiter, limit(2)).await, 1);
    }

    #[tokio::test]
    async fn the_shared_limiter_decides_again_when_it_answers_again() {
        let (limiter, plan) = alone();
        assert_eq!(drained(&limiter, limit(9)).await, 3);
        plan.heal();
        assert_eq!(drained(&limiter, limit(9)).await, 9);
    }

    #[test]
    fn an_outage_is_told_once_and_so_is_its_end() {
        let (limiter, _plan) = alone();
        let turns = [false, true, true, true, false, false].map(|has_failed| limiter.turn(has_failed));
        let none = Turn::None;
        assert_eq!(turns, [none, Turn::Alone, none, none, Turn::Together, none]);
    }
}
