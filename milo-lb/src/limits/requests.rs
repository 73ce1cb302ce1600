//! How often a client may ask.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::Client;

type Limiter = RateLimiter<Client, DefaultKeyedStateStore<Client>, DefaultClock, StateInformationMiddleware>;

/// A token bucket for each client.
#[derive(Debug)]
pub struct RequestLimiter {
    buckets: ArcSwapOption<(Quota, Limiter)>,
    clock: DefaultClock,
}

/// Whether a client may ask now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may, and then so often again at once.
    Pass {
        /// What is left of its bucket.
        remaining: u32,
    },
    /// It may not before so long.
    Refuse {
        /// Until there is a token.
        retry_after: Duration,
    },
}

fn quota(per_second: u32, burst: u32) -> Option<Quota> {
    let per_second = NonZeroU32::new(per_second)?;
    Some(Quota::per_second(per_second).allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)))
}

fn buckets(quota: Quota) -> Arc<(Quota, Limiter)> {
    Arc::new((quota, RateLimiter::keyed(quota).with_middleware()))
}

impl RequestLimiter {
    /// So many a second, of which so many can be saved up; any number if `per_second` is 0.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self {
            buckets: ArcSwapOption::new(quota(per_second, burst).map(buckets)),
            clock: DefaultClock::default(),
        }
    }

    /// Goes on with other numbers. If they differ, all buckets are full again.
    pub fn set(&self, per_second: u32, burst: u32) {
        let quota = quota(per_second, burst);
        if self.buckets.load().as_ref().map(|buckets| buckets.0) != quota {
            self.buckets.store(quota.map(buckets));
        }
    }

    /// Takes a token of the client's bucket.
    #[must_use]
    pub fn check(&self, client: Client) -> Verdict {
        let buckets = self.buckets.load();
        let Some(buckets) = buckets.as_ref() else {
            return Verdict::Pass { remaining: u32::MAX };
        };
        match buckets.1.check_key(&client) {
            Ok(state) => Verdict::Pass {
                remaining: state.remaining_burst_capacity(),
            },
            Err(refused) => Verdict::Refuse {
                retry_after: refused.wait_time_from(self.clock.now()),
            },
        }
    }

    /// Forgets the clients whose buckets are full.
    pub fn retain_recent(&self) {
        if let Some(buckets) = self.buckets.load().as_ref() {
            buckets.1.retain_recent();
            buckets.1.shrink_to_fit();
        }
    }

    /// Clients that are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buckets.load().as_ref().map_or(0, |buckets| buckets.1.len())
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
