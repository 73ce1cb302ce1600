//! What the acts of a sale cost, in round trips to the engines: the budget that keeps Milo fast.
//!
//! Everything is assembled as it is deployed, but for the wires to the engines, which count, and the gateway, which is no
//! engine of ours. Measured once everything is warm: statements prepared, scripts loaded, the catalogue cached.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use milo_adapters::assembly::{AdapterSettings, Assembled, EngineChoice, Engines};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::layers::Layered;
use milo_adapters::postgres::{PgSettings, PgTls};
use milo_adapters::redis::RedisSettings;
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::Milo;
use milo_core::booking::{HoldSeatsError, Reserve};
use milo_core::conformance::samples::{self, Hall, method};
use milo_core::domain::{Caller, ReservationStatus, SeatSelection};
use milo_core::jobs::Job;
use milo_core::policy::Policy;
use milo_core::ports::{Clock, NoWakeup, PaymentQueue};
use milo_testkit::Relay;

use crate::postgres::{EMPTY_MESSAGE_BYTES, PgEngine, pg_settings};
use crate::rabbitmq::Rig;
use crate::redis::RedisEngine;
use crate::stage::Counting;

/// Round trips to each engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    holds: u64,
    cache: u64,
    postgres: u64,
    acknowledgements: u64,
}

const NOTHING: Cost = Cost {
    holds: 0,
    cache: 0,
    postgres: 0,
    acknowledgements: 0,
};

struct Counted {
    milo: Milo,
    hall: Hall,
    holds: Relay,
    cache: Relay,
    postgres: Relay,
    /// Each is one message to the broker.
    acknowledgements: Counting,
    _database: PgEngine,
    _rabbit: Rig,
}

impl Counted {
    async fn open() -> Self {
        let (database, redis, rabbit) = tokio::join!(PgEngine::new(), RedisEngine::node(), Rig::new());
        let (pg_url, redis_url) = (database.database.url(), milo_testkit::redis().await);
        let (postgres, holds, cache) = tokio::join!(
            Relay::to_url(&pg_url),
            Relay::to_url(&redis_url),
            Relay::to_url(&redis_url)
        );
        postgres.ignore_up_to(EMPTY_MESSAGE_BYTES);
        let redis_at = |relay: &Relay| {
            let mut settings = RedisSettings::at([relay.url(&redis_url)]);
            settings.key_prefix = redis.settings.key_prefix.clone();
            settings.response_timeout = Duration::from_secs(10);
            settings
        };
        let choice = EngineChoice {
            postgres: Some(PgSettings {
                connections_max: 1,
                tls: Some(PgTls::Disable),
                ..pg_settings(&postgres.url(&pg_url))
            }),
            redis: Some(redis_at(&holds)),
            redis_cache: Some(redis_at(&cache)),
            rabbitmq: Some(rabbit.settings.clone()),
            instances: None,
        };
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let engines = Engines::connect(&choice, clock.clone()).await.unwrap();
        let settings = AdapterSettings {
            locks_deadline: Duration::from_secs(20),
            store_deadline: Duration::from_secs(20),
            ..AdapterSettings::default()
        };
        let assembled = Assembled::on(&settings, &choice, engines, clock.clone(), ids, Arc::new(NoWakeup)).unwrap();
        let mut ports = assembled.ports;
        let acknowledgements = Counting::of("acknowledge");
        ports.gateway = Arc::new(SimulatedGateway::new());
        ports.queue = Arc::new(Layered::<dyn PaymentQueue, _>::new(
            ports.queue,
            acknowledgements.clone(),
        ));
        let starts_at = clock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        Self {
            hall: Hall::open(&*ports.catalog, starts_at).await,
            milo: Milo::new(ports, Policy::default()),
            holds,
            cache,
            postgres,
            acknowledgements,
            _database: database,
            _rabbit: rabbit,
        }
    }

    fn count(&self) -> Cost {
        Cost {
            holds: self.holds.round_trips(),
            cache: self.cache.round_trips(),
            postgres: self.postgres.round_trips(),
            acknowledgements: self.acknowledgements.calls() as u64,
        }
    }

    /// What `act` costs, and what came of it.
    async fn cost<T>(&self, act: impl Future<Output = T>) -> (Cost, T) {
        let before = self.count();
        let result = act.await;
        let after = self.count();
        let cost = Cost {
            holds: after.holds - before.holds,
            cache: after.cache - before.cache,
            postgres: after.postgres - before.postgres,
            acknowledgements: after.acknowledgements - before.acknowledgements,
        };
        (cost, result)
    }

    async fn person(&self) -> Caller {
        Caller::trusted(samples::person(&*self.milo.ports().accounts).await)
    }

    fn seats(&self, first: usize) -> SeatSelection {
        SeatSelection::parse(self.hall.seats(first..first + 2)).unwrap()
    }

    /// Delivers the outbox, receives the payment's message and drives it.
    async fn pay(&self) -> Cost {
        self.milo.jobs().outbox_relay().run_once().await.unwrap();
        let processor = self.milo.jobs().payment_processor(Duration::from_secs(20));
        let (cost, report) = self.cost(processor.run_once()).await;
        assert_eq!(report.unwrap().outcomes.get("captured"), Some(&1));
        cost
    }

    /// A whole sale, so that everything is warm.
    async fn warmed(self) -> Self {
        let ann = self.person().await;
        let showtime = self.hall.showtime.id;
        let hold = self
            .milo
            .booking()
            .hold(ann, showtime, &self.seats(0), None)
            .await
            .unwrap();
        let request = Reserve::hold(hold.id, method("tok_ok"));
        let reserved = self.milo.booking().reserve(ann, request).await.unwrap();
        self.pay().await;
        let id = reserved.booking().reservation.id;
        let paid = self.milo.booking().reservation(ann, id).await.unwrap();
        assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
        self.milo.booking().seat_map(showtime, None).await.unwrap();
        self
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sale_costs_what_the_budget_allows() {
    let counted = Counted::open().await.warmed().await;
    let (ann, bob, showtime) = (counted.person().await, counted.person().await, counted.hall.showtime.id);
    let (booking, seats) = (counted.milo.booking(), counted.seats(2));

    let (cost, hold) = counted.cost(booking.hold(ann, showtime, &seats, None)).await;
    assert_eq!(cost, Cost { holds: 1, ..NOTHING }, "hold");
    let (cost, refused) = counted.cost(booking.hold(bob, showtime, &seats, None)).await;
    assert!(matches!(refused, Err(HoldSeatsError::SeatsUnavailable(_))));
    assert_eq!(cost, Cost { holds: 1, ..NOTHING }, "refuse a hold");
    let (cost, _) = counted.cost(booking.seat_map(showtime, None)).await;
    assert_eq!(cost, Cost { holds: 1, ..NOTHING }, "seat map");
    let request = Reserve::hold(hold.unwrap().id, method("tok_ok"));
    let (cost, reserved) = counted.cost(booking.reserve(ann, request)).await;
    reserved.unwrap();
    let budget = Cost {
        holds: 2,
        postgres: 1,
        ..NOTHING
    };
    assert_eq!(cost, budget, "reserve: promote before, take after");
    // The claim, and the three steps: begin, capture, confirm.
    let budget = Cost {
        holds: 1,
        postgres: 4,
        acknowledgements: 1,
        ..NOTHING
    };
    assert_eq!(counted.pay().await, budget, "settle a payment");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_the_catalogue_costs_a_look_into_the_cache_at_most() {
    let counted = Counted::open().await;
    let catalog = &counted.milo.ports().catalog;
    let (movie, screen, showtime) = (counted.hall.movie.id, counted.hall.screen.id, counted.hall.showtime.id);
    for round in 0..3 {
        let (cost, found) = counted
            .cost(async {
                let movie = catalog.movie(movie).await.unwrap().is_some();
                let layout = catalog.layout(screen).await.unwrap().is_some();
                let showtime = catalog.showtime(showtime).await.unwrap().is_some();
                movie && layout && showtime
            })
            .await;
        assert!(found);
        if round > 0 {
            assert_eq!((cost.postgres, cost.holds), (0, 0), "round {round}");
            assert!(cost.cache <= 3, "round {round}: {cost:?}");
        }
    }
}
