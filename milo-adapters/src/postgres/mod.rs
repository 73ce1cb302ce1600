//! Postgres: the store of record.
//!
//! Every call of a port is one statement that is prepared once a connection: static text, bound values, one round trip.
//! What must be checked together is checked by one statement, by a function of the schema, or by a constraint; the
//! schema is in `migrations/` and holds the invariants by itself.

mod accounts;
mod backlog;
mod bookings;
mod catalog;
mod change;
mod connect;
mod duration;
mod failure;
mod idempotency_keys;
mod invariants;
mod keyset;
mod limit;
mod migrate;
mod outbox;
mod retries;
mod reviews;
mod row;
mod sessions;
mod settings;
mod statement;
mod store;
mod time;

pub use connect::PgConnectError;
pub use invariants::Violation;
pub use migrate::{PgMigrateError, PgMigration};
pub use settings::{PgSettings, PgTls};
pub use store::PgStore;
