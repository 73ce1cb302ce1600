//! From settings to ports: the one place that knows which adapter stands behind which port.

use std::sync::Arc;
use std::time::Duration;

use milo_core::Ports;
use milo_core::ports::{
    BookingStore, Cache, Clock, IdSource, Notifier, PaymentGateway, PaymentQueue, PortError, SeatLocks, Wakeup,
};

use crate::auth::{Argon2Hasher, Argon2Params, JwtSigner, JwtSignerError, SigningKey};
use crate::gateway::SimulatedGateway;
use crate::layers::{CachedCatalog, Deadline, Traced, Tracing, WithDeadline};
use crate::memory::{MemoryCache, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore};
use crate::notify::LogNotifier;
use crate::system::{SystemClock, SystemIds};

/// What the adapters want to know. The defaults are those of the reference deployment, except for the signing keys.
#[derive(Debug)]
pub struct AdapterSettings {
    /// One key, or two while keys are rotated: the first signs, both verify. None makes one up, which ends with the
    /// process: right for an embedded Milo, wrong for several instances.
    pub signing_keys: Vec<SigningKey>,
    /// Who issues access tokens.
    pub token_issuer: String,
    /// Whom access tokens are for.
    pub token_audience: String,
    /// How much work a password's hash is.
    pub argon2: Argon2Params,
    /// How long a call to the lock store, or to the queue beyond its wait, may take.
    pub locks_deadline: Duration,
    /// How long a call to the store of record may take.
    pub store_deadline: Duration,
    /// How long a call to the payment gateway may take; less than the lease of a payment, or workers take each other's
    /// payments over for nothing.
    pub gateway_deadline: Duration,
}

impl Default for AdapterSettings {
    fn default() -> Self {
        Self {
            signing_keys: Vec::new(),
            token_issuer: "milo".to_owned(),
            token_audience: "milo-api".to_owned(),
            argon2: Argon2Params::default(),
            locks_deadline: Duration::from_millis(500),
            store_deadline: Duration::from_secs(5),
            gateway_deadline: Duration::from_secs(10),
        }
    }
}

/// Why the adapters could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The signing keys cannot be used.
    #[error("signing keys: {0}")]
    SigningKeys(#[from] JwtSignerError),
    /// No signing key could be made.
    #[error("no signing key could be made: {0}")]
    SigningKey(#[from] crate::auth::SigningKeyError),
    /// Passwords cannot be hashed with these parameters.
    #[error("password hashing: {0}")]
    Hasher(#[source] PortError),
}

/// A whole Milo in one process: every port over memory, nothing kept.
#[derive(Debug)]
pub struct Embedded {
    /// The ports, decorated with spans, deadlines and a cache of the catalogue.
    pub ports: Ports,
    /// The store behind them, which can be audited.
    pub store: Arc<MemoryStore>,
    /// The lock store behind them.
    pub locks: Arc<MemorySeatLocks>,
    /// The gateway behind them, whose ledger can be read.
    pub gateway: Arc<SimulatedGateway>,
}

impl Embedded {
    /// Everything in memory, on the system's clock, with the jobs of this process behind `wakeup`.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn new(settings: &AdapterSettings, wakeup: Arc<dyn Wakeup>) -> Result<Self, AssemblyError> {
        Self::on(settings, Arc::new(SystemClock), Arc::new(SystemIds), wakeup)
    }

    /// As [`new`](Self::new), with a clock and ids of the caller's.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn on(
        settings: &AdapterSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        wakeup: Arc<dyn Wakeup>,
    ) -> Result<Self, AssemblyError> {
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let locks = Arc::new(MemorySeatLocks::new(Arc::clone(&clock)));
        let gateway = Arc::new(SimulatedGateway::new());
        let queue: Arc<dyn PaymentQueue> = Arc::new(MemoryPaymentQueue::new(Arc::clone(&clock)));
        let cache: Arc<dyn Cache> = Arc::new(MemoryCache::new(Arc::clone(&clock)));
        let made_up;
        let keys = if settings.signing_keys.is_empty() {
            made_up = [SigningKey::generate()?];
            &made_up[..]
        } else {
            &settings.signing_keys
        };
        let signer = JwtSigner::new(
            keys,
            settings.token_issuer.as_str(),
            settings.token_audience.as_str(),
            Arc::clone(&clock),
        )?;
        let ports = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            catalog: Arc::new(CachedCatalog::new(store.clone(), cache, Arc::clone(&ids))),
            bookings: watched_store(store.clone(), settings.store_deadline),
            reviews: store.clone(),
            outbox: store.clone(),
            idempotency: store.clone(),
            locks: watched_locks(locks.clone(), settings.locks_deadline),
            queue: watched_queue(queue, settings.locks_deadline),
            gateway: watched_gateway(gateway.clone(), settings.gateway_deadline),
            hasher: Arc::new(Argon2Hasher::new(settings.argon2).map_err(AssemblyError::Hasher)?),
            signer: Arc::new(signer),
            notifier: Arc::new(LogNotifier) as Arc<dyn Notifier>,
            limiter: Arc::new(MemoryRateLimiter::new(Arc::clone(&clock))),
            clock,
            ids,
            wakeup,
        };
        Ok(Self {
            ports,
            store,
            locks,
            gateway,
        })
    }
}

/// Puts a deadline and a span around a port: each of the calls is bounded, and seen.
macro_rules! watched {
    ($($name:ident: $port:ident;)+) => {$(
        fn $name(port: Arc<dyn $port>, deadline: Duration) -> Arc<dyn $port> {
            let bounded: Arc<dyn $port> = Arc::new(WithDeadline::new(port, Deadline::after(deadline)));
            Arc::new(Traced::new(bounded, Tracing))
        }
    )+};
}

watched! {
    watched_store: BookingStore;
    watched_locks: SeatLocks;
    watched_queue: PaymentQueue;
    watched_gateway: PaymentGateway;
}
