//! From settings to a core's ports over engines that answer.

use std::sync::Arc;

use milo_adapters::assembly::{AdapterSettings, Assembled, AssemblyError, EngineError, Engines};
use milo_adapters::postgres::{PgMigrateError, PgMigration, PgStore};
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::ports::Wakeup;

use crate::settings::{EngineSettings, Flaw};

/// Why a process does not start. Its text is one line, and never holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] Flaw),
    /// An engine cannot be used.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migration(#[from] PgMigrateError),
    /// The schema is not up to date, and was not to be migrated.
    #[error("the schema of the database is not up to date: run `milo-http migrate`, or set MILO_MIGRATE=true")]
    SchemaBehind,
    /// The adapters do not fit together.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
}

/// Connects to the engines that the settings name, brings the schema up to date unless that is switched off, and puts
/// ports over them. `program` is what the engines list the connections as.
///
/// # Errors
/// See [`StartError`]. Redis and RabbitMQ may be down: seats can be sold without them.
pub async fn assemble(
    settings: &EngineSettings,
    adapters: &AdapterSettings,
    program: &str,
    wakeup: Arc<dyn Wakeup>,
) -> Result<Assembled, StartError> {
    for warning in settings.warnings() {
        tracing::warn!("{warning}");
    }
    let clock = Arc::new(SystemClock);
    let choice = settings.choice(program)?;
    let engines = Engines::connect(&choice, clock.clone()).await?;
    if let Some(store) = &engines.postgres {
        prepare(store, settings.postgres.migrate).await?;
    }
    Assembled::on(adapters, &choice, engines, clock, Arc::new(SystemIds), wakeup).map_err(|error| match error {
        AssemblyError::SigningKeys(error) => Flaw::new(format!("--signing-keys (MILO_SIGNING_KEYS): {error}")).into(),
        error => error.into(),
    })
}

/// Brings the schema up to date, or sees that it is.
async fn prepare(store: &PgStore, migrate: bool) -> Result<(), StartError> {
    if migrate {
        for PgMigration { version, name } in store.migrate().await? {
            tracing::info!(version, name, "the schema was migrated");
        }
        return Ok(());
    }
    if store.pending_migrations().await?.is_empty() {
        Ok(())
    } else {
        Err(StartError::SchemaBehind)
    }
}
