//! The server under test: in-memory adapters, a clock that the test moves, jobs that run when the test says so.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use milo_adapters::auth::{Argon2Hasher, Argon2Params, JwtSigner, SigningKey};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{ManualClock, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore};
use milo_adapters::notify::LogNotifier;
use milo_adapters::system::SystemIds;
use milo_core::domain::{DisplayName, EmailAddress, Password};
use milo_core::jobs::Job;
use milo_core::policy::Policy;
use milo_core::ports::{NoWakeup, RateLimit};
use milo_core::{Milo, Ports};
use milo_http::server::{Listening, ServerLimits};
use milo_http::{App, Health, Limits, Metrics, PortsProbe};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Client;

/// Every account of the tests has this one.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A core that is served on a port of its own.
pub(crate) struct Served {
    pub(crate) url: String,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: JoinHandle<std::io::Result<()>>,
}

impl Served {
    pub(crate) async fn open(milo: Milo, bounds: Limits) -> Self {
        let health = Health::of(vec![Box::new(PortsProbe(milo.clone()))]);
        let app = Arc::new(App::new(milo, bounds, health, Metrics::global()));
        let listening = Listening::on("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}", listening.address());
        let stop = CancellationToken::new();
        let limits = ServerLimits {
            notice: Duration::ZERO,
            ..ServerLimits::default()
        };
        let serving = tokio::spawn(listening.serve(app, limits, stop.clone()));
        Self { url, stop, serving }
    }
}

/// A server, its clock and its insides.
pub(crate) struct World {
    pub(crate) milo: Milo,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) url: String,
    pub(crate) stop: CancellationToken,
    pub(crate) serving: Option<JoinHandle<std::io::Result<()>>>,
}

impl World {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// A world whose ports or limits are others.
    pub(crate) async fn with(ports: impl FnOnce(&mut Ports), limits: impl FnOnce(&mut Limits)) -> Self {
        let clock = ManualClock::new("2026-12-20T12:00:00Z".parse().unwrap());
        let shared: Arc<ManualClock> = Arc::new(clock.clone());
        let store = Arc::new(MemoryStore::new(shared.clone()));
        let key = SigningKey::generate().unwrap();
        let cheap = Argon2Params {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        };
        let mut chosen = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            catalog: store.clone(),
            bookings: store.clone(),
            reviews: store.clone(),
            outbox: store.clone(),
            idempotency: store.clone(),
            locks: Arc::new(MemorySeatLocks::new(shared.clone())),
            queue: Arc::new(MemoryPaymentQueue::new(shared.clone())),
            gateway: Arc::new(SimulatedGateway::new()),
            hasher: Arc::new(Argon2Hasher::new(cheap).unwrap()),
            signer: Arc::new(JwtSigner::new(&[key], "milo", "milo-api", shared.clone()).unwrap()),
            notifier: Arc::new(LogNotifier),
            limiter: Arc::new(MemoryRateLimiter::new(shared.clone())),
            clock: shared,
            ids: Arc::new(SystemIds),
            wakeup: Arc::new(NoWakeup),
        };
        ports(&mut chosen);
        let mut bounds = Limits::default();
        limits(&mut bounds);
        let policy = Policy {
            login_limit_guess: RateLimit {
                burst: NonZeroU32::new(5).unwrap(),
                window: Duration::from_mins(15),
            },
            ..Policy::default()
        };
        let milo = Milo::new(chosen, policy);
        let Served { url, stop, serving } = Served::open(milo.clone(), bounds).await;
        Self {
            milo,
            clock,
            store,
            url,
            stop,
            serving: Some(serving),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        milo_core::ports::Clock::now(&self.clock)
    }

    /// A moment to come, as the contract writes it.
    pub(crate) fn after(&self, wait: Duration) -> String {
        self.now().checked_add(wait).unwrap().to_string()
    }

    /// Somebody without an account.
    pub(crate) fn anybody(&self) -> Client {
        Client::new(self.url.clone())
    }

    /// Somebody who has signed in under this name.
    pub(crate) async fn person(&self, name: &str) -> Client {
        let client = self.anybody();
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        client.post("/auth/register", &body).await.expect(201);
        client.sign_in(&email, PASSWORD).await
    }

    /// An administrator who has signed in.
    pub(crate) async fn admin(&self) -> Client {
        let email = EmailAddress::parse("admin@example.org").unwrap();
        let password = Password::parse(PASSWORD).unwrap();
        let name = DisplayName::parse("Admin").unwrap();
        self.milo.accounts().ensure_admin(email, &password, name).await.unwrap();
        self.anybody().sign_in("admin@example.org", PASSWORD).await
    }

    /// Runs every job once, a second later than before.
    pub(crate) async fn turn(&self) {
        self.clock.advance(Duration::from_secs(1));
        let jobs = self.milo.jobs();
        let jobs: [Box<dyn Job>; 6] = [
            Box::new(jobs.outbox_relay()),
            Box::new(jobs.payment_processor(Duration::ZERO)),
            Box::new(jobs.reconciler()),
            Box::new(jobs.reservation_expiry()),
            Box::new(jobs.hold_sweep()),
            Box::new(jobs.showtime_cancellation()),
        ];
        for job in jobs {
            // A job that fails runs again at its next turn, as its worker would have it.
            let _outcome = job.run_once().await;
        }
    }

    /// Runs the jobs until the reservation's payment is settled.
    pub(crate) async fn settle(&self, buyer: &Client, reservation: &Value) -> Value {
        const TURNS_MAX: usize = 200;
        let path = format!("/reservations/{}", text(reservation, "id"));
        for _ in 0..TURNS_MAX {
            self.turn().await;
            let seen = buyer.get(&path).await.expect(200).json();
            let payment = text(&seen["payment"], "status");
            let open = ["created", "authorizing", "capturing", "voiding", "refunding"];
            if !open.contains(&payment.as_str()) {
                return seen;
            }
        }
        panic!("the payment of {reservation} does not settle");
    }

    /// Tells the server to stop and waits until it has.
    pub(crate) async fn close(mut self) {
        self.stop.cancel();
        let serving = self.serving.take().unwrap();
        serving.await.unwrap().unwrap();
    }
}

/// A film, a theater, a screen of ten seats (A: eight regular, two premium) and a showtime a day ahead.
pub(crate) struct Cinema {
    pub(crate) movie: String,
    pub(crate) theater: String,
    pub(crate) screen: String,
    pub(crate) showtime: String,
    pub(crate) seats: Vec<String>,
}

impl Cinema {
    pub(crate) async fn open(world: &World, admin: &Client) -> Self {
        let movie = admin.post("/movies", &movie("The Long Take")).await.expect(201).id();
        let theater = admin.post("/theaters", &theater("Lumen")).await.expect(201).id();
        let screens = format!("/theaters/{theater}/screens");
        let screen = admin
            .post(&screens, &json!({"name": "Screen 1", "kind": "imax"}))
            .await
            .expect(201)
            .id();
        let layout = format!("/screens/{screen}/layout");
        let plan = json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PP"}]});
        let layout = admin.put(&layout, &plan).await.expect(200).json();
        let rows = layout["rows"].as_array().unwrap();
        let seats = rows.iter().flat_map(|row| row["seats"].as_array().unwrap());
        let seats = seats.map(|seat| text(seat, "id")).collect();
        let showtime = showtime(&movie, &screen, &world.after(Duration::from_hours(24)));
        let showtime = admin.post("/showtimes", &showtime).await.expect(201).id();
        Self {
            movie,
            theater,
            screen,
            showtime,
            seats,
        }
    }

    pub(crate) fn holds(&self) -> String {
        format!("/showtimes/{}/holds", self.showtime)
    }

    pub(crate) fn map(&self) -> String {
        format!("/showtimes/{}/seats", self.showtime)
    }

    /// Holds some of the seats.
    pub(crate) async fn hold(&self, buyer: &Client, seats: std::ops::Range<usize>) -> Value {
        buyer
            .post(&self.holds(), &json!({"seat_ids": self.seats[seats]}))
            .await
            .expect(201)
            .json()
    }

    /// Holds and reserves some of the seats.
    pub(crate) async fn reserve(&self, buyer: &Client, seats: std::ops::Range<usize>, token: &str) -> Value {
        let hold = self.hold(buyer, seats).await;
        let body = json!({"hold_id": hold["id"], "payment_method": {"kind": "credit_card", "token": token}});
        buyer.post("/reservations", &body).await.expect(201).json()
    }
}

pub(crate) fn movie(title: &str) -> Value {
    json!({
        "title": title, "description": "A heist in one shot.", "genres": ["Thriller"], "duration_minutes": 100,
        "rating": "PG-13", "language": "English", "release_date": "2026-12-01",
    })
}

pub(crate) fn theater(name: &str) -> Value {
    json!({
        "name": name, "address": "1 Main Street", "city": "Springfield", "state": "Illinois", "postal_code": "62701",
        "time_zone": "America/Chicago",
    })
}

pub(crate) fn showtime(movie: &str, screen: &str, starts_at: &str) -> Value {
    json!({
        "movie_id": movie, "screen_id": screen, "starts_at": starts_at,
        "prices": {"regular": {"amount": 1250, "currency": "USD"}, "premium": {"amount": 1750, "currency": "USD"}},
    })
}

/// A field that must be there and be a text.
pub(crate) fn text(value: &Value, field: &str) -> String {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} is no text in {value}"))
        .to_owned()
}
