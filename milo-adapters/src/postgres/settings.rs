use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// Where Postgres is, and how long anything may take there. Prints no secret.
#[derive(Clone, Debug)]
pub struct PgSettings {
    /// `postgres://user:password@host:port/database`, perhaps with `?sslmode=…`.
    pub url: SecretString,
    /// The most connections at once.
    pub connections_max: u32,
    /// How long [`connect`](super::PgStore::connect) waits for the first connection.
    pub connect_timeout: Duration,
    /// How long a call waits for a free connection before it fails as transient.
    pub acquire_timeout: Duration,
    /// How long Postgres works on one statement before it gives up and undoes it. Shorter than the deadline of a call,
    /// so that Postgres gives up first and the outcome is known.
    pub statement_timeout: Duration,
    /// How long a statement waits for a lock before it is undone and tried again.
    pub lock_timeout: Duration,
    /// How long a transaction may stand idle before Postgres ends it.
    pub idle_in_transaction_timeout: Duration,
    /// How long all migrations together may take, the wait for another instance that migrates included.
    pub migration_timeout: Duration,
    /// How the connection is encrypted; none leaves it to the URL, and there to [`PgTls::Prefer`].
    pub tls: Option<PgTls>,
    /// A file of PEM certificates that the server's certificate must descend from, instead of the public ones.
    pub root_certificates: Option<PathBuf>,
    /// What Postgres lists the connections as.
    pub application_name: String,
}

impl PgSettings {
    /// The defaults of the reference deployment for the database at `url`.
    pub fn new(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            connections_max: 20,
            connect_timeout: Duration::from_secs(5),
            acquire_timeout: Duration::from_millis(500),
            statement_timeout: Duration::from_secs(4),
            lock_timeout: Duration::from_secs(1),
            idle_in_transaction_timeout: Duration::from_secs(10),
            migration_timeout: Duration::from_mins(10),
            tls: None,
            root_certificates: None,
            application_name: "milo".to_owned(),
        }
    }
}

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PgTls {
    /// Not at all: for the loopback and private networks only.
    Disable,
    /// If the server can; whoever stands in between can prevent it.
    Prefer,
    /// Always, to whatever server answers.
    Require,
    /// Always, to a server whose certificate descends from a trusted one.
    VerifyCa,
    /// Always, to a server whose certificate is trusted and names the host.
    VerifyFull,
}
