//! One store of record for accounts, sessions, catalogue, reservations, reviews, messages and keys.
//!
//! One mutex guards one state: every call is one atomic act, because it checks first and writes last, and nothing
//! waits in between.

mod accounts;
mod apply;
pub mod audit;
mod booking_reads;
mod booking_store;
mod booking_tables;
mod catalog;
mod catalog_movies;
mod catalog_screens;
mod catalog_showtimes;
mod catalog_tables;
mod catalog_theaters;
mod idempotency_keys;
mod leases;
mod listing;
mod outbox;
mod place;
mod reviews;
mod sessions;
mod state;
#[cfg(test)]
mod tests;
mod violations;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use milo_core::ports::Clock;

use super::lock;
use state::State;

/// The store of record, in memory: everything is lost when the process ends, and nothing before.
///
/// It judges by the clock it is given, which stands for a database's own. It keeps every promise that a database
/// keeps: unique codes, holds, keys and seats, histories that are only appended to, and writes that happen whole or
/// not at all. What it has written can be inspected with [`audit`](Self::audit).
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store that judges by `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    /// Everything that is written, to be compared with what is written later.
    pub fn contents(&self) -> impl PartialEq + fmt::Debug + Send + use<> {
        self.act().0.clone()
    }

    /// The whole state, alone, and the store's time.
    fn act(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = lock(&self.state);
        // Read under the lock, so that the times of two acts are in the order of the acts.
        let now = self.clock.now();
        (state, now)
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
