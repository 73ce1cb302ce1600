use milo_core::ports::PortError;

use crate::auth::{JwtSignerError, SigningKeyError};
use crate::postgres::PgConnectError;
use crate::redis::RedisSettingsError;

/// Why the adapters could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The signing keys cannot be used.
    #[error("signing keys: {0}")]
    SigningKeys(#[from] JwtSignerError),
    /// No signing key could be made.
    #[error("no signing key could be made: {0}")]
    SigningKey(#[from] SigningKeyError),
    /// Passwords cannot be hashed with these parameters.
    #[error("password hashing: {0}")]
    Hasher(#[source] PortError),
}

/// Why an engine cannot be used: one line without any secret.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Postgres cannot be reached, or does not let us in.
    #[error(transparent)]
    Postgres(#[from] PgConnectError),
    /// The settings of a Redis are wrong.
    #[error(transparent)]
    Redis(#[from] RedisSettingsError),
    /// The settings of RabbitMQ, or of the simulated gateway, are wrong.
    #[error(transparent)]
    Port(#[from] PortError),
}
