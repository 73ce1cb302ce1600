//! What goes around every adapter: a deadline, so that no call waits for ever, and a span, so that it is seen.

use std::sync::Arc;
use std::time::Duration;

use milo_core::Ports;
use milo_core::ports::{
    Accounts, BookingStore, Cache, Catalog, Clock, IdSource, IdempotencyKeys, Outbox, PaymentGateway, PaymentQueue,
    RateLimiter, Reviews, SeatLocks, Sessions, Wakeup,
};

use super::{AdapterSettings, AssemblyError};
use crate::auth::{Argon2Hasher, JwtSigner, SigningKey};
use crate::layers::{CachedCatalog, Deadline, Traced, Tracing, WithDeadline};
use crate::notify::LogNotifier;

/// Keeps everything of record.
pub(super) trait Store:
    Accounts + Sessions + Catalog + BookingStore + Reviews + Outbox + IdempotencyKeys + 'static
{
}

impl<S: Accounts + Sessions + Catalog + BookingStore + Reviews + Outbox + IdempotencyKeys + 'static> Store for S {}

/// One adapter for each of the other ports that an engine may stand behind.
pub(super) struct Leaves {
    pub(super) locks: Arc<dyn SeatLocks>,
    pub(super) cache: Arc<dyn Cache>,
    pub(super) limiter: Arc<dyn RateLimiter>,
    pub(super) queue: Arc<dyn PaymentQueue>,
    pub(super) gateway: Arc<dyn PaymentGateway>,
}

/// What a core has besides its adapters.
pub(super) struct Surroundings {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) wakeup: Arc<dyn Wakeup>,
}

/// The ports over these adapters.
pub(super) fn ports<S: Store>(
    settings: &AdapterSettings,
    store: &Arc<S>,
    leaves: Leaves,
    surroundings: Surroundings,
) -> Result<Ports, AssemblyError> {
    let Surroundings { clock, ids, wakeup } = surroundings;
    let of_record = settings.store_deadline;
    let catalog = watched_catalog(store.clone(), of_record);
    let cache = watched_cache(leaves.cache, settings.locks_deadline);
    Ok(Ports {
        accounts: watched_accounts(store.clone(), of_record),
        sessions: watched_sessions(store.clone(), of_record),
        catalog: Arc::new(CachedCatalog::new(catalog, cache, Arc::clone(&ids))),
        bookings: watched_bookings(store.clone(), of_record),
        reviews: watched_reviews(store.clone(), of_record),
        outbox: watched_outbox(store.clone(), of_record),
        idempotency: watched_idempotency(store.clone(), of_record),
        locks: watched_locks(leaves.locks, settings.locks_deadline),
        queue: watched_queue(leaves.queue, settings.queue_deadline),
        gateway: watched_gateway(leaves.gateway, settings.gateway_deadline),
        hasher: Arc::new(Argon2Hasher::new(settings.argon2).map_err(AssemblyError::Hasher)?),
        signer: Arc::new(signer(settings, Arc::clone(&clock))?),
        notifier: Arc::new(LogNotifier),
        limiter: leaves.limiter,
        clock,
        ids,
        wakeup,
    })
}

fn signer(settings: &AdapterSettings, clock: Arc<dyn Clock>) -> Result<JwtSigner, AssemblyError> {
    let made_up;
    let keys = if settings.signing_keys.is_empty() {
        made_up = [SigningKey::generate()?];
        &made_up[..]
    } else {
        &settings.signing_keys
    };
    let (issuer, audience) = (settings.token_issuer.as_str(), settings.token_audience.as_str());
    Ok(JwtSigner::new(keys, issuer, audience, clock)?)
}

/// Puts a deadline and a span around a port: each of the calls is bounded, and seen.
macro_rules! watched {
    ($($name:ident: $port:ident;)+) => {$(
        pub(super) fn $name(port: Arc<dyn $port>, deadline: Duration) -> Arc<dyn $port> {
            let bounded: Arc<dyn $port> = Arc::new(WithDeadline::new(port, Deadline::after(deadline)));
            Arc::new(Traced::new(bounded, Tracing))
        }
    )+};
}

watched! {
    watched_accounts: Accounts;
    watched_sessions: Sessions;
    watched_catalog: Catalog;
    watched_bookings: BookingStore;
    watched_reviews: Reviews;
    watched_outbox: Outbox;
    watched_idempotency: IdempotencyKeys;
    watched_locks: SeatLocks;
    watched_cache: Cache;
    watched_limiter: RateLimiter;
    watched_queue: PaymentQueue;
    watched_gateway: PaymentGateway;
}
