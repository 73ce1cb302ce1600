//! The store of record.

use std::path::PathBuf;
use std::time::Duration;

use milo_adapters::postgres::PgSettings;
use secrecy::SecretString;

use super::engine_url::{Engine, EngineUrl};
use super::parse;

/// The store of record. Without its URL, everything that is booked lives in memory.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Postgres: the store of record")]
pub struct PostgresSettings {
    /// Where Postgres is, as postgres://user:password@host:5432/database?sslmode=verify-full; without it everything that
    /// is booked lives in memory
    #[arg(long, env = "MILO_POSTGRES_URL", value_name = "URL", hide_env_values = true, value_parser = url)]
    pub postgres_url: Option<SecretString>,

    /// A file of PEM certificates that the server's certificate must descend from, in place of the public ones
    #[arg(long, env = "MILO_POSTGRES_ROOT_CERTIFICATES", value_name = "FILE")]
    pub postgres_root_certificates: Option<PathBuf>,

    /// The most connections of this process
    #[arg(long, env = "MILO_POSTGRES_CONNECTIONS", value_name = "COUNT", value_parser = parse::count::<1, 1000>, default_value = "20")]
    pub postgres_connections: u32,

    /// How long the first connection may take at the start
    #[arg(long, env = "MILO_POSTGRES_CONNECT_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub postgres_connect_timeout: Duration,

    /// How long a call waits for a free connection
    #[arg(long, env = "MILO_POSTGRES_ACQUIRE_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "500ms")]
    pub postgres_acquire_timeout: Duration,

    /// How long Postgres works on one statement before it gives up; shorter than a call's deadline, so that it is known
    /// that nothing was done
    #[arg(long, env = "MILO_POSTGRES_STATEMENT_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "4s")]
    pub postgres_statement_timeout: Duration,

    /// How long a statement waits for a lock
    #[arg(long, env = "MILO_POSTGRES_LOCK_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "1s")]
    pub postgres_lock_timeout: Duration,

    /// Whether the schema is brought up to date at the start; of several processes at once one does it
    #[arg(long, env = "MILO_MIGRATE", value_name = "BOOLEAN", value_parser = parse::switch, action = clap::ArgAction::Set, default_value = "true")]
    pub migrate: bool,

    /// How long all migrations may take, the wait for another process that migrates included
    #[arg(long, env = "MILO_MIGRATION_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "10m")]
    pub migration_timeout: Duration,
}

impl PostgresSettings {
    /// Where Postgres is, if it is set.
    pub(super) fn choice(&self, program: &str) -> Option<PgSettings> {
        Some(PgSettings {
            connections_max: self.postgres_connections,
            connect_timeout: self.postgres_connect_timeout,
            acquire_timeout: self.postgres_acquire_timeout,
            statement_timeout: self.postgres_statement_timeout,
            lock_timeout: self.postgres_lock_timeout,
            migration_timeout: self.migration_timeout,
            root_certificates: self.postgres_root_certificates.clone(),
            application_name: program.to_owned(),
            ..PgSettings::new(self.postgres_url.clone()?)
        })
    }
}

fn url(text: &str) -> Result<SecretString, String> {
    EngineUrl::parse(Engine::Postgres, text).map(|_| SecretString::from(text))
}
