//! The in-memory adapters pass what every adapter must pass.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_adapters::memory::{ManualClock, MemorySeatLocks, MemoryStore};
use milo_core::conformance::accounts::AccountsFixture;
use milo_core::conformance::idempotency_keys::IdempotencyKeysFixture;
use milo_core::conformance::seat_locks::SeatLocksFixture;
use milo_core::conformance::sessions::SessionsFixture;
use milo_core::conformance::{EngineClock, StoreFixture};
use milo_core::ports::{Accounts, BookingStore, Catalog, Clock, IdempotencyKeys, Outbox, Reviews, SeatLocks, Sessions};

/// An adapter under test, and the clock that it judges by.
struct Engine<T: Inspected> {
    clock: ManualClock,
    adapter: Arc<T>,
}

/// What can be looked at when a case is over.
trait Inspected {
    fn inspect(&self) {}
}

impl Inspected for MemorySeatLocks {}

impl Inspected for MemoryStore {
    fn inspect(&self) {
        assert_eq!(self.invariants(), Vec::<String>::new());
    }
}

impl<T: Inspected> Engine<T> {
    async fn new(adapter: fn(Arc<dyn Clock>) -> T) -> Self {
        let clock = ManualClock::default();
        Self {
            adapter: Arc::new(adapter(Arc::new(clock.clone()))),
            clock,
        }
    }
}

impl<T: Inspected> Drop for Engine<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.adapter.inspect();
        }
    }
}

#[async_trait]
impl<T: Inspected + Send + Sync> EngineClock for Engine<T> {
    async fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn is_manual(&self) -> bool {
        true
    }
}

impl AccountsFixture for Engine<MemoryStore> {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.adapter.clone()
    }
}

impl SessionsFixture for Engine<MemoryStore> {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.adapter.clone()
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        self.adapter.clone()
    }
}

impl IdempotencyKeysFixture for Engine<MemoryStore> {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.adapter.clone()
    }

    fn keys(&self) -> Arc<dyn IdempotencyKeys> {
        self.adapter.clone()
    }
}

impl StoreFixture for Engine<MemoryStore> {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.adapter.clone()
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        self.adapter.clone()
    }

    fn bookings(&self) -> Arc<dyn BookingStore> {
        self.adapter.clone()
    }

    fn reviews(&self) -> Arc<dyn Reviews> {
        self.adapter.clone()
    }

    fn outbox(&self) -> Arc<dyn Outbox> {
        self.adapter.clone()
    }
}

impl SeatLocksFixture for Engine<MemorySeatLocks> {
    fn locks(&self) -> Arc<dyn SeatLocks> {
        self.adapter.clone()
    }
}

mod accounts {
    use super::{Engine, MemoryStore};
    milo_core::accounts_conformance!(Engine::new(MemoryStore::new));
}

mod sessions {
    use super::{Engine, MemoryStore};
    milo_core::sessions_conformance!(Engine::new(MemoryStore::new));
}

mod idempotency_keys {
    use super::{Engine, MemoryStore};
    milo_core::idempotency_keys_conformance!(Engine::new(MemoryStore::new));
}

mod booking_store {
    use super::{Engine, MemoryStore};
    milo_core::booking_store_conformance!(Engine::new(MemoryStore::new));
}

mod catalog {
    use super::{Engine, MemoryStore};
    milo_core::catalog_conformance!(Engine::new(MemoryStore::new));
}

mod outbox {
    use super::{Engine, MemoryStore};
    milo_core::outbox_conformance!(Engine::new(MemoryStore::new));
}

mod reviews {
    use super::{Engine, MemoryStore};
    milo_core::reviews_conformance!(Engine::new(MemoryStore::new));
}

mod seat_locks {
    use super::{Engine, MemorySeatLocks};
    milo_core::seat_locks_conformance!(Engine::new(MemorySeatLocks::new));
}
