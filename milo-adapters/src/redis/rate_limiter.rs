use std::sync::LazyLock;
use std::time::Duration;

use async_trait::async_trait;
use milo_core::ports::{PortError, RateDecision, RateLimit, RateLimiter};

use super::LONGEST;
use super::connections::RedisConnections;
use super::errors::Call;
use super::request::{Script, script};

const CALL: Call = Call::write("rate_limiter");

static TAKE: LazyLock<Script> = script!("shared/clock.lua", "take_token.lua");
static GIVE_BACK: LazyLock<Script> = script!("shared/clock.lua", "give_back_token.lua");

/// Token buckets in Redis, which all instances share, on its clock. A bucket expires when it is full.
#[derive(Debug)]
pub struct RedisRateLimiter {
    connections: RedisConnections,
}

impl RedisRateLimiter {
    /// A rate limiter over `connections`.
    pub fn new(connections: RedisConnections) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, name: &str, limit: RateLimit) -> Result<RateDecision, PortError> {
        let script = TAKE
            .on(self.connections.keys().bucket(name))
            .arg(per_token_us(limit))
            .arg(limit.burst.get());
        let wait_us: u64 = self.connections.ask(CALL, &script).await?;
        Ok(match wait_us {
            0 => RateDecision::Allowed,
            wait_us => RateDecision::Denied {
                retry_after: Duration::from_micros(wait_us),
            },
        })
    }

    async fn give_back(&self, name: &str, limit: RateLimit) -> Result<(), PortError> {
        let script = GIVE_BACK
            .on(self.connections.keys().bucket(name))
            .arg(per_token_us(limit));
        self.connections.ask(CALL, &script).await
    }
}

/// How long one token takes to come back, in microseconds: rounded up to the clock's precision, so that no more than
/// `burst` ever fit into a window.
fn per_token_us(limit: RateLimit) -> u64 {
    let window_us = limit.window.min(LONGEST).as_nanos().div_ceil(1_000);
    let per_token = window_us.div_ceil(limit.burst.get().into()).max(1);
    u64::try_from(per_token).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn per_token(burst: u32, window: Duration) -> u64 {
        let burst = NonZeroU32::new(burst).unwrap();
        per_token_us(RateLimit { burst, window })
    }

    #[test]
    fn no_more_tokens_fit_into_a_window_than_the_burst() {
        assert_eq!(per_token(7, Duration::from_secs(1)), 142_858);
        assert_eq!(per_token(10, Duration::from_mins(1)), 6_000_000);
        assert_eq!(per_token(1_000, Duration::ZERO), 1);
    }

    /// A Lua number counts to 2^53.
    #[test]
    fn the_longest_window_is_still_counted_exactly() {
        let full_at = per_token(1, Duration::MAX) + 4_000_000_000_000_000;
        assert!(full_at < 1 << 53);
    }
}
