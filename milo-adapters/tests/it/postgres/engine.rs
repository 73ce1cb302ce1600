//! What the suites are run on: a store in a database of its own, and Postgres' clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_adapters::postgres::{PgSettings, PgStore};
use milo_core::conformance::accounts::AccountsFixture;
use milo_core::conformance::idempotency_keys::IdempotencyKeysFixture;
use milo_core::conformance::sessions::SessionsFixture;
use milo_core::conformance::{EngineClock, StoreFixture};
use milo_core::ports::{Accounts, BookingStore, Catalog, IdempotencyKeys, Outbox, Reviews, Sessions};
use milo_testkit::Database;
use sqlx::postgres::{PgPool, PgPoolOptions};

/// A store under test. When the test is over, its bookings keep every promise of the protocol.
pub(crate) struct PgEngine {
    pub(crate) store: Arc<PgStore>,
    /// Past the store: for the clock, and for tests that look at rows or write their own.
    pub(crate) pool: PgPool,
    is_broken_on_purpose: AtomicBool,
    /// Dropped last, and the database with it.
    pub(crate) database: Database,
}

impl PgEngine {
    /// Enough for a suite's races, and few enough for many tests at once.
    const CONNECTIONS_MAX: u32 = 8;

    pub(crate) async fn new() -> Self {
        let database = Database::prepared(async |url| {
            let store = connect(&settings(&url)).await;
            store.migrate().await.expect("the migrations are right");
            // Nobody may be connected to a database that is copied.
            store.close().await;
        })
        .await;
        Self {
            store: Arc::new(connect(&settings(&database.url())).await),
            pool: PgPoolOptions::new()
                .max_connections(2)
                .connect_lazy(&database.url())
                .expect("the URL of the database is right"),
            is_broken_on_purpose: AtomicBool::new(false),
            database,
        }
    }

    /// A test has broken a promise to see that it is missed: the end of the test need not look.
    pub(crate) fn is_broken_on_purpose(&self) {
        self.is_broken_on_purpose.store(true, Ordering::Relaxed);
    }
}

impl Drop for PgEngine {
    fn drop(&mut self) {
        if std::thread::panicking() || self.is_broken_on_purpose.load(Ordering::Relaxed) {
            return;
        }
        let url = self.database.url();
        // A drop may happen on any runtime or on none.
        let looked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime
                .expect("a runtime for one look")
                .block_on(async { connect(&settings(&url)).await.invariants().await })
        });
        let found = looked.join().expect("the look ends").expect("Postgres answers");
        assert_eq!(found, [], "the promises of the booking protocol");
    }
}

/// The settings of a store under test: it waits long for a connection, because a test has few of them.
pub(crate) fn settings(url: &str) -> PgSettings {
    PgSettings {
        connections_max: PgEngine::CONNECTIONS_MAX,
        acquire_timeout: Duration::from_secs(10),
        ..PgSettings::new(url)
    }
}

async fn connect(settings: &PgSettings) -> PgStore {
    PgStore::connect(settings).await.expect("Postgres is there")
}

#[async_trait]
impl EngineClock for PgEngine {
    async fn now(&self) -> Timestamp {
        let now: jiff_sqlx::Timestamp = sqlx::query_scalar("select clock_timestamp()")
            .fetch_one(&self.pool)
            .await
            .expect("Postgres tells the time");
        now.to_jiff()
    }

    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

impl AccountsFixture for PgEngine {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store.clone()
    }
}

impl SessionsFixture for PgEngine {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store.clone()
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        self.store.clone()
    }
}

impl IdempotencyKeysFixture for PgEngine {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store.clone()
    }

    fn keys(&self) -> Arc<dyn IdempotencyKeys> {
        self.store.clone()
    }
}

impl StoreFixture for PgEngine {
    fn accounts(&self) -> Arc<dyn Accounts> {
        self.store.clone()
    }

    fn catalog(&self) -> Arc<dyn Catalog> {
        self.store.clone()
    }

    fn bookings(&self) -> Arc<dyn BookingStore> {
        self.store.clone()
    }

    fn reviews(&self) -> Arc<dyn Reviews> {
        self.store.clone()
    }

    fn outbox(&self) -> Arc<dyn Outbox> {
        self.store.clone()
    }
}
