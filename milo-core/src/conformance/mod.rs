//! The suites that any adapter must pass: one a port, the same for every technology.
//!
//! A case is a plain function over a fixture; a macro a suite stamps them as tests in the crate that has the adapter:
//! `mod redis { milo_core::seat_locks_conformance!(crate::support::redis_seat_locks()); }`, where the expression is a
//! future that makes a fresh fixture for each case. The calling crate needs tokio with `rt-multi-thread` and `macros`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a case that cannot go on has failed; its panic is the report"
)]

pub mod accounts;
pub mod booking_store;
pub mod cache;
pub mod catalog;
pub mod clock;
pub mod id_source;
pub mod idempotency_keys;
pub mod outbox;
pub mod password_hasher;
pub mod payment_gateway;
pub mod payment_queue;
pub mod rate_limiter;
pub mod reviews;
pub mod samples;
pub mod seat_locks;
pub mod sessions;
pub mod token_signer;

mod at_once;
mod engine_clock;
mod stamp;
mod store_fixture;

pub use at_once::*;
pub use engine_clock::*;
pub use store_fixture::*;
