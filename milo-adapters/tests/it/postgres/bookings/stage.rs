use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use milo_adapters::postgres::PgStore;
use milo_core::conformance::samples::{self, Hall};
use milo_core::conformance::{EngineClock, LONG, later};
use milo_core::domain::{Booking, Placement, UserId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::postgres::engine::PgEngine;
use crate::postgres::waiting;

/// How long Postgres' empty message is, a letter and a length: a connection that goes back into its pool is tried with it.
pub(crate) const EMPTY_MESSAGE_BYTES: usize = 5;

/// A store with one hall that is open for a long time, and two people.
pub(super) struct Stage {
    pub(super) engine: PgEngine,
    pub(super) store: Arc<PgStore>,
    pub(super) hall: Hall,
    pub(super) ann: UserId,
    pub(super) bob: UserId,
}

impl Stage {
    pub(super) async fn open() -> Self {
        let engine = PgEngine::new().await;
        let store = engine.store.clone();
        let starts_at = later(engine.now().await, 100 * LONG);
        Self {
            hall: Hall::open(&*store, starts_at).await,
            ann: samples::id(),
            bob: samples::id(),
            store,
            engine,
        }
    }

    /// The same, with a booking of Ann's that is paid for, one that she gave back, and one of Bob's that is pending.
    pub(super) async fn with_bookings() -> Self {
        let stage = Self::open().await;
        samples::confirmed(&*stage.store, &stage.placed(stage.ann, 0..2).await).await;
        samples::withdrawn(&*stage.store, &stage.placed(stage.ann, 2..4).await).await;
        stage.placed(stage.bob, 4..6).await;
        stage
    }

    pub(super) fn placement(&self, user: UserId, seats: Range<usize>) -> Placement {
        self.hall.placement(user, seats)
    }

    pub(super) async fn placed(&self, user: UserId, seats: Range<usize>) -> Booking {
        samples::placed(&*self.store, &self.placement(user, seats)).await
    }

    /// A connection past the store, for what only Postgres must refuse.
    pub(super) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.engine.database.url())
            .await
            .expect("the database is there")
    }

    /// Runs statements past the store.
    pub(super) async fn run(&self, statements: &str) {
        let ran = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
        ran.execute(&self.engine.pool).await.expect("the statements are right");
    }

    /// Returns when so many sessions wait for somebody's lock.
    pub(super) async fn until_waiting(&self, sessions: usize) {
        waiting::until_waiting(&self.engine.pool, sessions).await;
    }

    /// When the one statement was sent that waits for somebody's lock.
    pub(super) async fn waits_since(&self) -> Timestamp {
        waiting::waits_since(&self.engine.pool).await
    }
}
