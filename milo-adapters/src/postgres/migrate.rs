use sqlx::Connection;
use sqlx::migrate::{MigrateError, Migrator};

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

impl PgStore {
    /// Brings the schema up to date. Each migration happens whole or not at all; of several instances at once one
    /// migrates while the others wait for it.
    ///
    /// # Errors
    /// See [`PgMigrateError`]. Calling again goes on where it ended.
    pub async fn migrate(&self) -> Result<(), PgMigrateError> {
        let settings = self.settings();
        let options = connect::migration_options(settings)?;
        let failed = |reason: String| PgMigrateError::Migration {
            place: connect::place(&options),
            reason: one_line(&reason),
        };
        let mut connection = connect::connection(&options, settings.connect_timeout).await?;
        let migrations = Migrator {
            // An older instance may start while a newer one has migrated already.
            ignore_missing: true,
            ..Migrator::with_migrations(MIGRATIONS.iter().cloned().collect())
        };
        let run = migrations.run_direct(None, &mut connection, false);
        match tokio::time::timeout(settings.migration_timeout, run).await {
            Ok(Ok(())) => {
                // Everything is written; whether the server hears our farewell does not matter.
                let _ = connection.close().await;
                Ok(())
            }
            Ok(Err(error)) => Err(failed(reason(&error))),
            Err(_) => Err(failed(format!(
                "not done within {} s",
                settings.migration_timeout.as_secs()
            ))),
        }
    }
}

fn reason(error: &MigrateError) -> String {
    error.to_string()
}
