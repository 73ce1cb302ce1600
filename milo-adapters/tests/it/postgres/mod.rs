//! The Postgres store passes what every store must pass, and keeps its own promises.

mod engine;

use engine::PgEngine;

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

mod reviews {
    use super::PgEngine;
    milo_core::reviews_conformance!(PgEngine::new());
}
