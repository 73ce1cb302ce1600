//! The Postgres store passes what every store must pass, and keeps its own promises.

mod bookings;
mod bounds;
mod catalog_races;
mod catalog_rows;
mod connecting;
mod constraints;
mod engine;
mod migrations;
mod session_rows;
mod sql_text;
mod waiting;

pub(crate) use bookings::EMPTY_MESSAGE_BYTES;
pub(crate) use engine::{PgEngine, settings as pg_settings};

mod accounts {
    use super::PgEngine;
    milo_core::accounts_conformance!(PgEngine::new());
}

mod sessions {
    use super::PgEngine;
    milo_core::sessions_conformance!(PgEngine::new());
}

mod catalog {
    use super::PgEngine;
    milo_core::catalog_conformance!(PgEngine::new());
}

mod booking_store {
    use super::PgEngine;
    milo_core::booking_store_conformance!(PgEngine::new());
}

mod outbox {
    use super::PgEngine;
    milo_core::outbox_conformance!(PgEngine::new());
}

mod reviews {
    use super::PgEngine;
    milo_core::reviews_conformance!(PgEngine::new());
}

mod idempotency_keys {
    use super::PgEngine;
    milo_core::idempotency_keys_conformance!(PgEngine::new());
}
