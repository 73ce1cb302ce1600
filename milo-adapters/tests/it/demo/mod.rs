//! The demo catalogue, its accounts and its greeting.

mod accounts;
mod banner;
mod catalogue;

use std::sync::Arc;

use jiff::Timestamp;
use milo_adapters::auth::{Argon2Hasher, Argon2Params, JwtSigner, SigningKey};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{
    ManualClock, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore, SeededIds,
};
use milo_adapters::notify::LogNotifier;
use milo_core::domain::{Admin, ShowtimeFilter, UserId};
use milo_core::domain::{PageRequest, Showtime};
use milo_core::policy::Policy;
use milo_core::ports::NoWakeup;
use milo_core::{Milo, Ports};

/// An empty Milo in which it is `now`.
fn empty(now: Timestamp) -> Milo {
    let clock = Arc::new(ManualClock::new(now));
    let store = Arc::new(MemoryStore::new(clock.clone()));
    let cheap = Argon2Params {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    let ports = Ports {
        accounts: store.clone(),
        sessions: store.clone(),
        catalog: store.clone(),
        bookings: store.clone(),
        reviews: store.clone(),
        outbox: store.clone(),
        idempotency: store,
        locks: Arc::new(MemorySeatLocks::new(clock.clone())),
        queue: Arc::new(MemoryPaymentQueue::new(clock.clone())),
        gateway: Arc::new(SimulatedGateway::new()),
        hasher: Arc::new(Argon2Hasher::new(cheap).unwrap()),
        signer: Arc::new(
            JwtSigner::new(&[SigningKey::generate().unwrap()], "milo", "milo-api", clock.clone()).unwrap(),
        ),
        notifier: Arc::new(LogNotifier),
        limiter: Arc::new(MemoryRateLimiter::new(clock.clone())),
        clock,
        ids: Arc::new(SeededIds::new(1)),
        wakeup: Arc::new(NoWakeup),
    };
    Milo::new(ports, Policy::default())
}

fn somebody() -> Admin {
    Admin::trusted(milo_core::conformance::samples::id::<UserId>())
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Every showtime, by start.
async fn showtimes(milo: &Milo) -> Vec<Showtime> {
    let mut page = PageRequest::parse(PageRequest::LIMIT_MAX, None).unwrap();
    let mut all = Vec::new();
    loop {
        let found = milo
            .catalog()
            .showtimes(&ShowtimeFilter::default(), &page)
            .await
            .unwrap();
        all.extend(found.items.iter().map(|view| Showtime::clone(&view.showtime)));
        match found.next {
            Some(cursor) => page.after = Some(cursor),
            None => return all,
        }
    }
}
