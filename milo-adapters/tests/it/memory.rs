//! The in-memory adapters pass what every adapter must pass.

use std::sync::Arc;

use milo_adapters::memory::{MemorySeatLocks, MemoryStore};
use milo_core::conformance::StoreFixture;
use milo_core::conformance::accounts::AccountsFixture;
use milo_core::conformance::idempotency_keys::IdempotencyKeysFixture;
use milo_core::conformance::seat_locks::SeatLocksFixture;
use milo_core::conformance::sessions::SessionsFixture;
use milo_core::ports::{Accounts, BookingStore, Catalog, IdempotencyKeys, Outbox, Reviews, SeatLocks, Sessions};

use crate::engine::{Engine, Inspected};

impl Inspected for MemorySeatLocks {}

impl Inspected for MemoryStore {
    fn inspect(&self) {
        assert_eq!(self.invariants(), Vec::<String>::new());
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
