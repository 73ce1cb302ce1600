//! A whole Milo in memory, on a clock that the test moves, with a plan of what goes wrong.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_adapters::auth::{Argon2Hasher, Argon2Params, JwtSigner, SigningKey};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::layers::{FaultPlan, Faulty};
use milo_adapters::memory::{
    ManualClock, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore, SeededIds,
};
use milo_adapters::notify::LogNotifier;
use milo_core::conformance::samples::{self, Hall};
use milo_core::domain::{
    Booking, Caller, IdempotencyKey, PaymentMethod, ReservationStatus, SeatId, SeatSelection, SessionId,
};
use milo_core::jobs::Job;
use milo_core::policy::Policy;
use milo_core::ports::{
    Accounts, BookingStore, Catalog, Clock, GatewayStatus, IdSource, IdempotencyKeys, NoWakeup, Outbox, PaymentGateway,
    PaymentQueue, PlaceError, Reviews, SeatLocks, Sessions,
};
use milo_core::{Milo, Ports};

/// One hall, its showtime a day away, and people who want seats.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) locks: Arc<MemorySeatLocks>,
    pub(crate) queue: Arc<MemoryPaymentQueue>,
    pub(crate) gateway: Arc<SimulatedGateway>,
    /// The core whose every port goes wrong as the plan says.
    pub(crate) milo: Milo,
    /// The same core, whose ports never fail.
    pub(crate) calm: Milo,
    pub(crate) hall: Hall,
}

/// How many rounds of every job a world may need to come to rest once it is well again.
const ROUNDS_MAX: usize = 400;

impl World {
    pub(crate) async fn new(plan: &Arc<FaultPlan>) -> Self {
        Self::with_policy(plan, Policy::default()).await
    }

    pub(crate) async fn with_policy(plan: &Arc<FaultPlan>, policy: Policy) -> Self {
        let start: Timestamp = "2026-12-24T12:00:00Z".parse().unwrap();
        let clock = ManualClock::new(start);
        let shared: Arc<ManualClock> = Arc::new(clock.clone());
        let store = Arc::new(MemoryStore::new(shared.clone()));
        let locks = Arc::new(MemorySeatLocks::new(shared.clone()));
        let queue = Arc::new(MemoryPaymentQueue::new(shared.clone()));
        let gateway = Arc::new(SimulatedGateway::new());
        let calm = ports_on(
            store.clone(),
            locks.clone(),
            queue.clone(),
            gateway.clone(),
            shared,
            Arc::new(SeededIds::new(7)),
        );
        let faulty = Ports {
            catalog: Arc::new(Faulty::new(calm.catalog.clone(), plan.clone())),
            bookings: Arc::new(Faulty::new(calm.bookings.clone(), plan.clone())),
            outbox: Arc::new(Faulty::new(calm.outbox.clone(), plan.clone())),
            locks: Arc::new(Faulty::new(calm.locks.clone(), plan.clone())),
            queue: Arc::new(Faulty::new(calm.queue.clone(), plan.clone())),
            gateway: Arc::new(Faulty::new(calm.gateway.clone(), plan.clone())),
            notifier: Arc::new(Faulty::new(calm.notifier.clone(), plan.clone())),
            ..calm.clone()
        };
        let hall = Hall::open(
            store.as_ref(),
            start.checked_add(SignedDuration::from_hours(24)).unwrap(),
        )
        .await;
        let milo = Milo::new(faulty, policy.clone());
        Self {
            clock,
            store,
            locks,
            queue,
            gateway,
            milo,
            calm: Milo::new(calm, policy),
            hall,
        }
    }

    pub(crate) async fn person(&self) -> Caller {
        Caller {
            user: samples::person(self.store.as_ref()).await,
            session: SessionId(uuid::Uuid::nil()),
            is_admin: false,
        }
    }

    pub(crate) fn seats(&self, range: std::ops::Range<usize>) -> SeatSelection {
        SeatSelection::parse(self.hall.seats(range)).unwrap()
    }

    /// Runs every job once, whatever becomes of it, a second later than the last time.
    pub(crate) async fn turn(&self) {
        self.clock.advance(Duration::from_secs(1));
        for job in self.jobs(&self.milo) {
            // A job that fails is run again at its next turn, as its worker would.
            let _outcome = job.run_once().await;
            // True at every moment, not only when all is quiet.
            assert_eq!(self.store.invariants(), Vec::<String>::new(), "after {:?}", job.kind());
        }
    }

    fn jobs(&self, milo: &Milo) -> [Box<dyn Job>; 6] {
        let jobs = milo.jobs();
        [
            Box::new(jobs.outbox_relay()),
            Box::new(jobs.payment_processor(Duration::ZERO)),
            Box::new(jobs.reconciler()),
            Box::new(jobs.reservation_expiry()),
            Box::new(jobs.hold_sweep()),
            Box::new(jobs.showtime_cancellation()),
        ]
    }

    /// Runs the jobs until nothing is left to do.
    pub(crate) async fn settle(&self) {
        for _ in 0..ROUNDS_MAX {
            self.turn().await;
            let audit = self.store.audit();
            let open = audit.bookings.iter().any(|record| record.booking.needs_work());
            let waiting = audit.outbox.iter().any(|message| message.delivered_at.is_none());
            if !open && !waiting {
                return;
            }
        }
        panic!("the world does not come to rest: {:#?}", self.store.audit());
    }

    /// What must be true of every world that has come to rest.
    pub(crate) async fn check(&self) {
        assert_eq!(self.store.invariants(), Vec::<String>::new());
        let audit = self.store.audit();
        assert!(
            audit.outbox.iter().all(|message| !message.parked),
            "a message was given up"
        );
        for record in &audit.bookings {
            let Booking { reservation, payment } = &record.booking;
            let confirmed = reservation.status == ReservationStatus::Confirmed;
            let due = if confirmed { reservation.total.amount() } else { 0 };
            assert_eq!(
                self.gateway.balance(payment.id),
                due,
                "money and state differ: {:?}",
                record.booking
            );
            for operation in ["auth", "capture", "close", "refund"] {
                let key = format!("milo:{}:{operation}", payment.id);
                assert!(self.gateway.effects(&key) <= 1, "{operation} had an effect twice");
            }
            let known = self.gateway.lookup(payment.id).await.unwrap();
            assert_ne!(
                known,
                GatewayStatus::Authorized,
                "money stays reserved for {:?}",
                record.booking
            );
        }
        self.check_no_seat_is_lost().await;
    }

    /// Every seat that no reservation owns can be bought, once all holds have lapsed.
    async fn check_no_seat_is_lost(&self) {
        self.clock.advance(self.calm.policy().hold_lifetime_max);
        let owned: Vec<SeatId> = self.store.audit().owners.iter().map(|(_, seat, _)| *seat).collect();
        for seat in self
            .hall
            .layout
            .seats()
            .map(|seat| seat.id)
            .filter(|seat| !owned.contains(seat))
        {
            let probe = self.person().await;
            let wanted = SeatSelection::parse([seat]).unwrap();
            self.calm
                .booking()
                .hold(probe, self.hall.showtime.id, &wanted, None)
                .await
                .unwrap_or_else(|error| panic!("seat {seat} is lost: {error:?}"));
        }
        for seat in owned {
            let probe = self.person().await;
            let mut placement = self.hall.placement(probe.user, 0..1);
            placement.seats[0].id = seat;
            let refused = self.store.place(&placement).await;
            assert!(
                matches!(refused, Err(PlaceError::SeatsSold(_))),
                "seat {seat} could be sold twice: {refused:?}"
            );
        }
    }
}

/// Ports over one store of record and these engines; whatever else there is, is in memory and cheap.
pub(crate) fn ports_on<S>(
    store: Arc<S>,
    locks: Arc<dyn SeatLocks>,
    queue: Arc<dyn PaymentQueue>,
    gateway: Arc<dyn PaymentGateway>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
) -> Ports
where
    S: Accounts + Sessions + Catalog + BookingStore + Reviews + Outbox + IdempotencyKeys + 'static,
{
    let key = SigningKey::generate().unwrap();
    let cheap = Argon2Params {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };
    Ports {
        accounts: store.clone(),
        sessions: store.clone(),
        catalog: store.clone(),
        bookings: store.clone(),
        reviews: store.clone(),
        outbox: store.clone(),
        idempotency: store,
        locks,
        queue,
        gateway,
        hasher: Arc::new(Argon2Hasher::new(cheap).unwrap()),
        signer: Arc::new(JwtSigner::new(&[key], "milo", "milo-api", clock.clone()).unwrap()),
        notifier: Arc::new(LogNotifier),
        limiter: Arc::new(MemoryRateLimiter::new(clock.clone())),
        clock,
        ids,
        wakeup: Arc::new(NoWakeup),
    }
}

pub(crate) fn method(token: &str) -> PaymentMethod {
    samples::method(token)
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}
