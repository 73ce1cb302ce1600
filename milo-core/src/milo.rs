//! The one struct that an embedder holds.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::accounts::AccountsService;
use crate::booking::BookingService;
use crate::catalog::CatalogService;
use crate::jobs::Jobs;
use crate::operations::OperationsService;
use crate::policy::Policy;
use crate::ports::{
    Accounts, BookingStore, Catalog, Clock, IdSource, IdempotencyKeys, Notifier, Outbox, PasswordHasher,
    PaymentGateway, PaymentQueue, RateLimiter, Reviews, SeatLocks, Sessions, TokenSigner, Wakeup,
};
use crate::reviews::ReviewsService;

/// Everything that the core needs from the world. Each port is chosen by itself.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Keeps accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Keeps signed-in sessions.
    pub sessions: Arc<dyn Sessions>,
    /// Keeps films, theaters, screens and showtimes; a cache may stand in front.
    pub catalog: Arc<dyn Catalog>,
    /// Keeps reservations and payments.
    pub bookings: Arc<dyn BookingStore>,
    /// Keeps reviews.
    pub reviews: Arc<dyn Reviews>,
    /// Keeps messages until they are delivered.
    pub outbox: Arc<dyn Outbox>,
    /// Keeps answers by idempotency key.
    pub idempotency: Arc<dyn IdempotencyKeys>,
    /// Keeps holds.
    pub locks: Arc<dyn SeatLocks>,
    /// Wakes payment workers.
    pub queue: Arc<dyn PaymentQueue>,
    /// Moves money.
    pub gateway: Arc<dyn PaymentGateway>,
    /// Hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs access tokens.
    pub signer: Arc<dyn TokenSigner>,
    /// Tells people.
    pub notifier: Arc<dyn Notifier>,
    /// Counts attempts.
    pub limiter: Arc<dyn RateLimiter>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdSource>,
    /// Wakes jobs of this process.
    pub wakeup: Arc<dyn Wakeup>,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) ports: Ports,
    pub(crate) policy: Policy,
    /// Reservations under way without a hold, because the lock store is down.
    pub(crate) direct_reservations: AtomicUsize,
}

/// The booking core. Cheap to clone; every clone is the same core.
#[derive(Clone, Debug)]
pub struct Milo {
    core: Arc<Core>,
}

impl Milo {
    /// A core over these ports.
    pub fn new(ports: Ports, policy: Policy) -> Self {
        Self {
            core: Arc::new(Core {
                ports,
                policy,
                direct_reservations: AtomicUsize::new(0),
            }),
        }
    }

    /// Registering, signing in and out.
    pub fn accounts(&self) -> AccountsService<'_> {
        AccountsService { core: &self.core }
    }

    /// Films, theaters, screens, layouts and showtimes.
    pub fn catalog(&self) -> CatalogService<'_> {
        CatalogService { core: &self.core }
    }

    /// Seat maps, holds and reservations.
    pub fn booking(&self) -> BookingService<'_> {
        BookingService { core: &self.core }
    }

    /// Reviews.
    pub fn reviews(&self) -> ReviewsService<'_> {
        ReviewsService { core: &self.core }
    }

    /// What whoever runs Milo does by hand.
    pub fn operations(&self) -> OperationsService<'_> {
        OperationsService { core: &self.core }
    }

    /// The jobs that must run somewhere, in this process or in others.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(&self.core)
    }

    /// The ports, for what an embedder does beside the use cases.
    pub fn ports(&self) -> &Ports {
        &self.core.ports
    }

    /// The numbers in force.
    pub fn policy(&self) -> &Policy {
        &self.core.policy
    }
}
