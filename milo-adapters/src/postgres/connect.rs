use std::str::FromStr;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection};

use super::settings::{PgSettings, PgTls};

/// Why there is no connection to Postgres: one line without any secret.
#[derive(Debug, thiserror::Error)]
pub enum PgConnectError {
    /// The URL cannot be read.
    #[error("the URL of Postgres is wrong: it must have the form postgres://user:password@host:port/database")]
    Url,
    /// Nobody answers, or not in time.
    #[error("Postgres at {place} cannot be reached: {reason}")]
    Unreachable {
        /// Host, port and database.
        place: String,
        /// Why not.
        reason: String,
    },
    /// The server answers and does not let us in: a wrong user, password or database.
    #[error("Postgres at {place} refuses the connection: {reason}")]
    Refused {
        /// Host, port and database.
        place: String,
        /// In the server's words.
        reason: String,
    },
}

/// How long a connection may have been idle and still be trusted to be alive. A busy store is spared a round trip a
/// call; after a pause each connection is tried first.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);

/// How to connect, with the bounds that the server keeps for us.
pub(super) fn options(settings: &PgSettings) -> Result<PgConnectOptions, PgConnectError> {
    let mut options = PgConnectOptions::from_str(settings.url.expose_secret())
        .map_err(|_| PgConnectError::Url)?
        .application_name(&settings.application_name)
        .options([
            // Each statement sees what was committed before it: the functions of the schema look again after a wait.
            ("default_transaction_isolation", "read committed".to_owned()),
            // That a table is there already is no news.
            ("client_min_messages", "warning".to_owned()),
            ("statement_timeout", millis(settings.statement_timeout)),
            ("lock_timeout", millis(settings.lock_timeout)),
            (
                "idle_in_transaction_session_timeout",
                millis(settings.idle_in_transaction_timeout),
            ),
        ]);
    if let Some(tls) = settings.tls {
        options = options.ssl_mode(match tls {
            PgTls::Disable => PgSslMode::Disable,
            PgTls::Prefer => PgSslMode::Prefer,
            PgTls::Require => PgSslMode::Require,
            PgTls::VerifyCa => PgSslMode::VerifyCa,
            PgTls::VerifyFull => PgSslMode::VerifyFull,
        });
    }
    if let Some(file) = &settings.root_certificates {
        options = options.ssl_root_cert(file);
    }
    Ok(options)
}

/// How to connect for migrations: they may take long, and wait long for one another.
pub(super) fn migration_options(settings: &PgSettings) -> Result<PgConnectOptions, PgConnectError> {
    options(&PgSettings {
        statement_timeout: settings.migration_timeout,
        lock_timeout: settings.migration_timeout,
        ..settings.clone()
    })
}

/// A pool that opens its connections when they are needed.
pub(super) fn pool(settings: &PgSettings, options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(settings.connections_max)
        .acquire_timeout(settings.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// Opens the pool's first connection, so that the first call need not: a call waits for less long. If none can be opened
/// within `timeout`, the first call sees to it.
pub(super) async fn open_one(pool: &PgPool, timeout: Duration) {
    let opened = async { while matches!(pool.acquire().await, Err(sqlx::Error::PoolTimedOut)) {} };
    let _ = tokio::time::timeout(timeout, opened).await;
}

/// One connection, within `timeout`.
pub(super) async fn connection(options: &PgConnectOptions, timeout: Duration) -> Result<PgConnection, PgConnectError> {
    let place = place(options);
    match tokio::time::timeout(timeout, options.connect()).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(sqlx::Error::Database(error))) => Err(PgConnectError::Refused {
            place,
            reason: one_line(error.message()),
        }),
        Ok(Err(error)) => Err(PgConnectError::Unreachable {
            place,
            reason: one_line(&error.to_string()),
        }),
        Err(_) => Err(PgConnectError::Unreachable {
            place,
            reason: format!("no answer within {} ms", timeout.as_millis()),
        }),
    }
}

/// Host, port and database: where it is, without who we are.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let (host, port) = (options.get_host(), options.get_port());
    match options.get_database() {
        Some(database) => format!("{host}:{port}/{database}"),
        None => format!("{host}:{port}"),
    }
}

/// Servers answer in several lines sometimes.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whole milliseconds as Postgres reads them; never zero, which would mean without end.
fn millis(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}
