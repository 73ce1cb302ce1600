use std::fmt::Debug;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;

use super::PortError;

/// A token bucket: `burst` at once, refilled evenly over `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RateLimit {
    /// The most at once.
    pub burst: NonZeroU32,
    /// How long an empty bucket takes to fill.
    pub window: Duration,
}

/// Whether a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateDecision {
    /// It may; its token was taken.
    Allowed,
    /// It may not; nothing was taken.
    Denied {
        /// When a token will be there.
        retry_after: Duration,
    },
}

/// Token buckets by name, on the limiter's own clock. Proven by [`crate::conformance::rate_limiter`].
#[async_trait]
pub trait RateLimiter: Debug + Send + Sync {
    /// Takes one token of the bucket `name`; a bucket nobody used is full. Of many at once, exactly `burst` succeed.
    async fn take(&self, name: &str, limit: RateLimit) -> Result<RateDecision, PortError>;

    /// Puts one token back that was taken and should not have counted; a full bucket stays full.
    async fn give_back(&self, name: &str, limit: RateLimit) -> Result<(), PortError>;
}
