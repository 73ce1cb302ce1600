use sqlx::Connection;
use sqlx::PgConnection;
use sqlx::migrate::{Migrate, MigrateError, Migrator};

use super::connect::{self, PgConnectError, one_line};
use super::store::PgStore;

/// The schema, forward only.
static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Why the schema is not up to date: one line without any secret.
#[derive(Debug, thiserror::Error)]
pub enum PgMigrateError {
    /// See [`PgConnectError`].
    #[error(transparent)]
    Connect(#[from] PgConnectError),
    /// A migration failed, and was undone; those before it stay.
    #[error("Postgres at {place} was not migrated: {reason}")]
    Migration {
        /// Host, port and database.
        place: String,
        /// What went wrong.
        reason: String,
    },
}

/// One step of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgMigration {
    /// Its number; the steps are taken in this order.
    pub version: i64,
    /// What it is called.
    pub name: String,
}

impl PgStore {
    /// Brings the schema up to date, and tells which steps were missing. Each migration happens whole or not at all; of
    /// several instances at once one migrates while the others wait for it.
    ///
    /// # Errors
    /// See [`PgMigrateError`]. Calling again goes on where it ended.
    pub async fn migrate(&self) -> Result<Vec<PgMigration>, PgMigrateError> {
        let migrations = Migrator {
            // An older instance may start while a newer one has migrated already.
            ignore_missing: true,
            ..Migrator::with_migrations(MIGRATIONS.iter().cloned().collect())
        };
        self.on_the_schema(async |connection| {
            // Looks and migrates as one: what others do meanwhile is not told as ours. The lock counts how often it is
            // taken, and ends with the connection at the latest.
            connection.lock().await?;
            let missing = pending(connection).await?;
            migrations.run_direct(None, connection, false).await?;
            connection.unlock().await?;
            Ok(missing)
        })
        .await
    }

    /// The steps that are still missing.
    ///
    /// # Errors
    /// See [`PgMigrateError`].
    pub async fn pending_migrations(&self) -> Result<Vec<PgMigration>, PgMigrateError> {
        self.on_the_schema(pending).await
    }

    /// Does something about the schema on a connection of its own, within the time for migrations.
    async fn on_the_schema<T>(
        &self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, MigrateError>,
    ) -> Result<T, PgMigrateError> {
        let settings = self.settings();
        let options = connect::migration_options(settings)?;
        let failed = |reason: String| PgMigrateError::Migration {
            place: connect::place(&options),
            reason: one_line(&reason),
        };
        let mut connection = connect::connection(&options, settings.connect_timeout).await?;
        match tokio::time::timeout(settings.migration_timeout, work(&mut connection)).await {
            Ok(Ok(done)) => {
                // Everything is written; whether the server hears our farewell does not matter.
                let _ = connection.close().await;
                Ok(done)
            }
            Ok(Err(error)) => Err(failed(error.to_string())),
            Err(_) => Err(failed(format!(
                "not done within {} s",
                settings.migration_timeout.as_secs()
            ))),
        }
    }
}

/// Looks without making anything: of several instances at once, only one may make the table of migrations.
async fn pending(connection: &mut PgConnection) -> Result<Vec<PgMigration>, MigrateError> {
    let table = &MIGRATIONS.table_name;
    let exists: bool = sqlx::query_scalar("select to_regclass($1) is not null")
        .bind(&**table)
        .fetch_one(&mut *connection)
        .await?;
    let applied = if exists {
        connection.list_applied_migrations(table).await?
    } else {
        Vec::new()
    };
    let missing = MIGRATIONS
        .iter()
        .filter(|migration| applied.iter().all(|done| done.version != migration.version));
    Ok(missing
        .map(|migration| PgMigration {
            version: migration.version,
            name: migration.description.to_string(),
        })
        .collect())
}
