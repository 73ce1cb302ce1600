//! Everything in memory: a whole Milo in one process, and the reference that every other adapter is compared with.
//!
//! One store keeps what must be kept together ([`MemoryStore`]); each of the others stands for a service that may be
//! lost at any moment. All iterate in a fixed order, so that a simulation replays exactly.

mod cache;
mod clock;
mod payment_queue;
mod rate_limiter;
mod seat_locks;
mod seeded_ids;
pub mod store;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use cache::MemoryCache;
pub use clock::ManualClock;
pub use payment_queue::MemoryPaymentQueue;
pub use rate_limiter::MemoryRateLimiter;
pub use seat_locks::MemorySeatLocks;
pub use seeded_ids::SeededIds;
pub use store::MemoryStore;

/// Locks, also after another thread has panicked: every change is checked first and written last, so that what is
/// found is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
