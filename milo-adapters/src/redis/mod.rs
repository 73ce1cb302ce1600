//! Everything that lives in Redis, or in Valkey: a single server or a cluster.
//!
//! [`RedisConnections`] are shared by the adapters: [`RedisSeatLocks`], [`RedisCache`] and [`RedisRateLimiter`]. Holds and
//! the cache may live on different servers; then there are two of them. The scripts are in `lua/`, one act a file, each of
//! which says what it does at its top.
//!
//! Redis is disposable. Whatever it loses, nothing is sold twice: holds are a courtesy, and the store of record decides.

mod cache;
mod connections;
mod errors;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod keys;
mod link;
mod rate_limiter;
mod request;
mod seat_locks;
mod settings;

use std::time::Duration;

pub use cache::RedisCache;
pub use connections::RedisConnections;
pub use rate_limiter::RedisRateLimiter;
pub use seat_locks::RedisSeatLocks;
pub use settings::{RedisSettings, RedisSettingsError};

/// The longest that anything lives, so that no time runs out of the calendar.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);

/// Whole milliseconds, rounded up.
fn millis(duration: Duration) -> u64 {
    let millis = duration.min(LONGEST).as_nanos().div_ceil(1_000_000);
    u64::try_from(millis).unwrap_or(u64::MAX)
}
