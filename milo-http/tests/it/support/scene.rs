//! A world with something of everything in it, for the suites that try every operation.

use std::fmt::Debug;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use milo_adapters::auth::JwtSigner;
use milo_adapters::memory::{MemoryPaymentQueue, MemorySeatLocks};
use milo_core::ports::{PortError, RateDecision, RateLimit, RateLimiter};
use serde_json::{Value, json};

use super::world::{showtime, text};
use super::{Answer, Cinema, Client, Forge, PASSWORD, World};

/// A cinema that has shown its film and shows it again tomorrow.
pub(crate) struct Scene {
    pub(crate) world: World,
    /// Its showtime is to come.
    pub(crate) cinema: Cinema,
    /// Nothing was ever held or reserved in it.
    pub(crate) spare: Cinema,
    pub(crate) admin: Client,
    /// Has a hold and a pending reservation, has seen the film and has reviewed it.
    pub(crate) ann: Client,
    /// Has seen the film.
    pub(crate) bob: Client,
    /// Has done nothing yet.
    pub(crate) eve: Client,
    /// Somebody without a token.
    pub(crate) nobody: Client,
    /// Ann's.
    pub(crate) hold: String,
    /// Ann's.
    pub(crate) reservation: String,
    /// Ann's.
    pub(crate) review: String,
    /// A payment that nobody could make.
    pub(crate) letter: String,
    pub(crate) forge: Forge,
    locks: Arc<MemorySeatLocks>,
    queue: Arc<MemoryPaymentQueue>,
    numbers: AtomicUsize,
    /// Ann and Bob in sessions that they have ended.
    signed_out: [Client; 2],
    /// What buys the next pair of a session of Ann's.
    unspent: Mutex<String>,
}

impl Scene {
    pub(crate) async fn open() -> Self {
        let (mut locks, mut queue) = (None, None);
        let world = World::with(
            |ports| {
                let own = Arc::new(MemorySeatLocks::new(ports.clock.clone()));
                ports.locks = own.clone();
                locks = Some(own);
                let own = Arc::new(MemoryPaymentQueue::new(ports.clock.clone()));
                ports.queue = own.clone();
                queue = Some(own);
                ports.limiter = Arc::new(NoLimit);
                let keys = [Forge::signing_key()];
                let signer = JwtSigner::new(&keys, Forge::ISSUER, Forge::AUDIENCE, ports.clock.clone());
                ports.signer = Arc::new(signer.unwrap());
            },
            |_| {},
        )
        .await;
        let admin = world.admin().await;
        let mut cinema = Cinema::open(&world, &admin).await;
        for (seat, (name, token)) in [("ann", "tok_ok"), ("bob", "tok_ok"), ("carl", "tok_down")]
            .into_iter()
            .enumerate()
        {
            let buyer = world.person(name).await;
            let made = cinema.reserve(&buyer, seat..seat + 1, token).await;
            world.turn().await;
            world.clock.advance(Duration::from_mins(3));
            world.settle(&buyer, &made).await;
            world.turn().await;
        }
        world.person("eve").await;
        world.clock.advance(Duration::from_hours(25));
        let sign_in = async |name: &str| admin.sign_in(&format!("{name}@example.org"), PASSWORD).await;
        let (admin, ann, bob, eve) = (
            sign_in("admin").await,
            sign_in("ann").await,
            sign_in("bob").await,
            sign_in("eve").await,
        );
        let tomorrow = world.after(Duration::from_hours(24));
        let next = showtime(&cinema.movie, &cinema.screen, &tomorrow);
        cinema.showtime = admin.post("/showtimes", &next).await.expect(201).id();
        let spare = Cinema::open(&world, &admin).await;
        let review = json!({"rating": 5, "text": "Did not blink once."});
        let reviews = format!("/movies/{}/reviews", cinema.movie);
        let review = ann.post(&reviews, &review).await.expect(201).id();
        let reservation = text(&cinema.reserve(&ann, 1..2, "tok_ok").await, "id");
        let hold = text(&cinema.hold(&ann, 0..1).await, "id");
        let letters = admin.get("/admin/dead-letters").await.expect(200).json();
        let letter = text(&letters["items"][0], "id");
        let unspent = sign_in("ann").await.refresh_token;
        let signed_out = [sign_in("ann").await, sign_in("bob").await];
        for person in &signed_out {
            let body = json!({"refresh_token": person.refresh_token});
            person.post("/auth/logout", &body).await.expect(204);
        }
        let forge = Forge::of(&world, &ann.token());
        // Whoever looks at a cold showtime warms it.
        for map in [cinema.map(), spare.map()] {
            ann.get(&map).await.expect(200);
        }
        Self {
            nobody: world.anybody(),
            world,
            cinema,
            spare,
            admin,
            ann,
            bob,
            eve,
            hold,
            reservation,
            review,
            letter,
            forge,
            locks: locks.unwrap(),
            queue: queue.unwrap(),
            numbers: AtomicUsize::new(0),
            signed_out,
            unspent: Mutex::new(unspent),
        }
    }

    /// Ann or Bob, in a session that is over.
    pub(crate) fn signed_out(&self, person: &Client) -> &Client {
        &self.signed_out[usize::from(std::ptr::eq(person, &self.bob))]
    }

    /// The refresh token of a session that nobody has used otherwise.
    pub(crate) fn unspent(&self) -> String {
        self.unspent.lock().unwrap().clone()
    }

    /// Keeps the next one, if that is what was answered.
    pub(crate) fn spent(&self, answer: &Answer) {
        if let Ok(body) = serde_json::from_slice::<Value>(&answer.body)
            && let Some(next) = body["refresh_token"].as_str()
        {
            next.clone_into(&mut self.unspent.lock().unwrap());
        }
    }

    /// Everything that is written anywhere, to be compared.
    pub(crate) fn written(&self) -> impl PartialEq + Debug + Send + use<> {
        (
            self.world.store.contents(),
            self.locks.contents(),
            self.queue.contents(),
        )
    }

    /// A number that was not given before: for what must be unique.
    pub(crate) fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// What a refusal must not tell.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        let cinema = &self.cinema;
        let mut secrets = vec![
            "The Long Take",
            "Lumen",
            "Springfield",
            "Did not blink once",
            "@example.org",
            "display_name",
            "access_token\":",
            "argon2",
            &cinema.movie,
            &cinema.theater,
            &cinema.screen,
            &cinema.showtime,
            &self.hold,
            &self.reservation,
            &self.review,
            &self.letter,
        ];
        secrets.extend(cinema.seats.iter().map(String::as_str));
        secrets
    }
}

/// How often somebody may try is not what these suites are about.
#[derive(Debug)]
struct NoLimit;

#[async_trait]
impl RateLimiter for NoLimit {
    async fn take(&self, _: &str, _: RateLimit) -> Result<RateDecision, PortError> {
        Ok(RateDecision::Allowed)
    }

    async fn give_back(&self, _: &str, _: RateLimit) -> Result<(), PortError> {
        Ok(())
    }
}
