use std::fmt;

use sqlx::Connection;
use sqlx::postgres::PgPool;

use super::connect::{self, PgConnectError};
use super::settings::PgSettings;

/// The store of record in Postgres. Clones share one pool of connections.
///
/// It judges by Postgres' own clock. Times are kept in whole microseconds.
#[derive(Clone)]
pub struct PgStore {
    pool: PgPool,
    settings: PgSettings,
}

impl PgStore {
    /// A store behind `settings`, after one connection has shown that they are right.
    ///
    /// # Errors
    /// See [`PgConnectError`].
    pub async fn connect(settings: &PgSettings) -> Result<Self, PgConnectError> {
        let options = connect::options(settings)?;
        let first = connect::connection(&options, settings.connect_timeout).await?;
        // It has shown what it had to; the pool opens its own.
        let _ = first.close().await;
        let pool = connect::pool(settings, options);
        connect::open_one(&pool, settings.connect_timeout).await;
        Ok(Self {
            pool,
            settings: settings.clone(),
        })
    }

    /// Ends every connection after its present call. Later calls fail as transient.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(super) fn settings(&self) -> &PgSettings {
        &self.settings
    }
}

impl fmt::Debug for PgStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgStore")
            .field("connections", &self.pool.size())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
