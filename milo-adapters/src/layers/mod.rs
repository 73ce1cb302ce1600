//! Decorators: ports around ports.
//!
//! [`Layered`] wraps any I/O port in a [`Layer`], which sees every call go by:
//! [`Traced`] writes spans and warnings, [`WithDeadline`] stops waiting, and [`Faulty`] breaks things on purpose.
//! [`CachedCatalog`] answers reads of the catalogue from a cache, and [`FallbackRateLimiter`] counts by itself while the
//! shared limiter is down. [`Breaker`] is what adapters over a network leave a dead server alone with.

mod breaker;
mod cached_catalog;
mod deadline;
mod fallback_limiter;
mod faults;
mod layered;
mod traced;

pub use breaker::*;
pub use cached_catalog::*;
pub use deadline::*;
pub use fallback_limiter::*;
pub use faults::*;
pub use layered::*;
pub use traced::*;
