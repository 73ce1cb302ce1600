//! From an empty house to a review, with nothing but the contract, as a person with curl would.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};
use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::auth::Argon2Params;
use milo_adapters::memory::ManualClock;
use milo_adapters::system::SystemIds;
use milo_core::Milo;
use milo_core::policy::Policy;
use milo_core::ports::NoWakeup;
use milo_http::Limits;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, Served, World, text};

/// Where the journey takes place.
pub(crate) trait Place {
    /// Somebody without an account.
    fn anybody(&self) -> Client;
    /// An administrator who has signed in.
    async fn admin(&self) -> Client;
    /// Now.
    fn now(&self) -> Timestamp;
    /// How long before its start a showtime is made: all that comes before must fit in.
    fn notice(&self) -> Duration;
    /// Lets this much time pass.
    async fn pass(&self, time: Duration);
    /// Lets the workers do something, if they need to be told.
    async fn work(&self);
}

impl Place for World {
    fn anybody(&self) -> Client {
        World::anybody(self)
    }

    async fn admin(&self) -> Client {
        World::admin(self).await
    }

    fn now(&self) -> Timestamp {
        World::now(self)
    }

    fn notice(&self) -> Duration {
        Duration::from_mins(8)
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    async fn work(&self) {
        self.turn().await;
    }
}

/// A server over the embedded assembly, on a clock that the test moves.
async fn served() -> (World, Embedded) {
    let clock = ManualClock::new("2026-12-20T18:00:00Z".parse().unwrap());
    let settings = AdapterSettings {
        argon2: Argon2Params {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..AdapterSettings::default()
    };
    let (shared, ids) = (Arc::new(clock.clone()), Arc::new(SystemIds));
    let embedded = Embedded::on(&settings, shared, ids, Arc::new(NoWakeup)).unwrap();
    let milo = Milo::new(embedded.ports.clone(), Policy::default());
    let Served { url, stop, serving } = Served::open(milo.clone(), Limits::default()).await;
    let world = World {
        milo,
        clock,
        store: embedded.store.clone(),
        url,
        stop,
        serving: Some(serving),
    };
    (world, embedded)
}

/// Where the administrator has led everybody.
struct House {
    movie: String,
    theater: String,
    screen: String,
    showtime: String,
    starts_at: Timestamp,
}

impl House {
    /// The day of the showtime where the theater is.
    fn day(&self) -> jiff::civil::Date {
        self.starts_at.in_tz("America/Chicago").unwrap().date()
    }
}

/// The administrator builds a theater from nothing.
async fn build(place: &impl Place, admin: &Client) -> House {
    let theater = json!({
        "name": "Lumen", "address": "1 Main Street", "city": "Springfield", "state": "Illinois",
        "postal_code": "62701", "time_zone": "America/Chicago",
    });
    let made = admin.post("/theaters", &theater).await.expect(201);
    let theater = made.id();
    assert_eq!(made.header("location"), Some(&*format!("/api/v1/theaters/{theater}")));
    let screen = json!({"name": "Screen 1", "kind": "imax"});
    let screen = admin.post(&format!("/theaters/{theater}/screens"), &screen).await;
    let screen = screen.expect(201).id();
    let plan = json!({"rows": [
        {"label": "A", "pattern": "RRR_PPPP_RRR"}, {"label": "B", "pattern": "WC__LLLL__CW"},
    ]});
    let layout = admin.put(&format!("/screens/{screen}/layout"), &plan).await.expect(200);
    assert_eq!(layout.json()["rows"][1]["seats"][0]["kind"], "wheelchair");
    let seen = admin.get(&format!("/screens/{screen}")).await.expect(200).json();
    assert_eq!(seen["capacity"], 18);

    let movie = json!({
        "title": "The Long Take", "description": "A heist in one shot.", "genres": ["Thriller", "Drama"],
        "duration_minutes": 122, "rating": "PG-13", "language": "English", "release_date": "2026-01-01",
        "poster_url": "https://example.org/poster.jpg",
    });
    let movie = admin.post("/movies", &movie).await.expect(201).id();
    let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
    let second = jiff::TimestampRound::new().smallest(jiff::Unit::Second);
    let starts_at = place.now().checked_add(place.notice()).unwrap().round(second).unwrap();
    let showtime = json!({
        "movie_id": movie, "screen_id": screen, "starts_at": starts_at.to_string(),
        "prices": {"regular": usd(1250), "premium": usd(1750), "recliner": usd(2100), "wheelchair": usd(1250),
            "companion": usd(1250)},
    });
    let made = admin.post("/showtimes", &showtime).await.expect(201);
    assert_eq!(
        made.json()["ends_at"],
        starts_at.checked_add(142.minutes()).unwrap().to_string(),
        "122 minutes and the cleaning gap of 20"
    );
    admin
        .post("/showtimes", &showtime)
        .await
        .expect_problem(409, "screen-busy");
    House {
        movie,
        theater,
        screen,
        showtime: made.id(),
        starts_at,
    }
}

/// The customer finds the showtime through every filter that leads to it, and through none that does not.
async fn browse(customer: &Client, house: &House) {
    let found = async |path: &str| -> Vec<String> {
        let list = customer.get(path).await.expect(200).json();
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| text(item, "id")).collect()
    };
    let (today, tomorrow) = (house.day(), house.day().tomorrow().unwrap());
    for filter in [
        "",
        "?genre=thriller",
        "?language=english",
        &format!("?showing_on={today}"),
        "?q=heist",
        "?q=long&genre=Drama&limit=1",
    ] {
        assert_eq!(
            found(&format!("/movies{filter}")).await,
            [house.movie.as_str()],
            "{filter}"
        );
    }
    for filter in [
        "?genre=comedy",
        "?language=Hindi",
        &format!("?showing_on={tomorrow}"),
        "?q=musical",
    ] {
        assert!(found(&format!("/movies{filter}")).await.is_empty(), "{filter}");
    }
    for filter in ["?city=springfield", "?state=Illinois", "?active=true"] {
        assert_eq!(
            found(&format!("/theaters{filter}")).await,
            [house.theater.as_str()],
            "{filter}"
        );
    }
    let House {
        movie,
        theater,
        screen,
        showtime,
        starts_at,
    } = house;
    let after = |minutes: i64| starts_at.checked_add(SignedDuration::from_mins(minutes)).unwrap();
    for list in [
        format!("/movies/{movie}/showtimes?theater_id={theater}"),
        format!("/screens/{screen}/showtimes"),
        format!("/showtimes?theater_id={theater}&from={}&to={}", after(-60), after(60)),
    ] {
        assert_eq!(found(&list).await, [showtime.as_str()], "{list}");
    }
    assert!(found(&format!("/showtimes?from={}", after(1))).await.is_empty());
    let seen = customer.get(&format!("/movies/{movie}")).await.expect(200);
    let unchanged = customer.with("if-none-match", &seen.tag());
    unchanged.get(&format!("/movies/{movie}")).await.expect(304);
}

/// The seats of a kind that are free, from the map.
async fn free_seats(customer: &Client, house: &House, kind: &str) -> Vec<Value> {
    let map = customer
        .get(&format!("/showtimes/{}/seats", house.showtime))
        .await
        .expect(200)
        .json();
    let rows = map["rows"].as_array().unwrap().iter();
    rows.flat_map(|row| row["seats"].as_array().unwrap())
        .filter(|seat| seat["kind"] == kind && seat["state"] == "available")
        .map(|seat| seat["id"].clone())
        .collect()
}

/// Holds two seats and reserves them; gives the reservation.
async fn reserve(customer: &Client, house: &House, seats: &[Value]) -> Value {
    let holds = format!("/showtimes/{}/holds", house.showtime);
    let hold = customer
        .post(&holds, &json!({"seat_ids": seats}))
        .await
        .expect(201)
        .json();
    let again = customer.get(&format!("/holds/{}", text(&hold, "id"))).await;
    assert_eq!(again.expect(200).json(), hold);
    let body = json!({"hold_id": hold["id"], "payment_method": {"kind": "debit_card", "token": "tok_ok"}});
    let key = customer.with("idempotency-key", &text(&hold, "id"));
    let reserved = key.post("/reservations", &body).await.expect(201);
    // The answer was lost on the train; the repeat is the same answer.
    let repeated = key.post("/reservations", &body).await.expect(201);
    assert_eq!(repeated.header("idempotent-replayed"), Some("true"));
    assert_eq!(repeated.body, reserved.body);
    let reservation = reserved.json();
    assert_eq!(reservation["status"], "pending_payment");
    assert_eq!(reservation["total"], hold["total"]);
    reservation
}

/// Waits for the payment while the workers are at it.
async fn wait(place: &impl Place, customer: &Client, reservation: &Value) -> Value {
    let path = format!("/reservations/{}?wait=30", text(reservation, "id"));
    let (seen, ()) = tokio::join!(customer.get(&path), place.work());
    seen.expect(200).json()
}

/// Waits until the money is back.
async fn refunded(place: &impl Place, customer: &Client, reservation: &Value) -> Value {
    const TURNS_MAX: usize = 600;
    let path = format!("/reservations/{}", text(reservation, "id"));
    for _ in 0..TURNS_MAX {
        place.work().await;
        let seen = customer.get(&path).await.expect(200).json();
        if seen["payment"]["status"] != "refunding" {
            return seen;
        }
    }
    panic!("{reservation} is never refunded");
}

/// All of it. What is paid in the end is [`PAID`].
pub(crate) async fn journey(place: &impl Place) {
    let admin = place.admin().await;
    let house = build(place, &admin).await;

    let anybody = place.anybody();
    let account = json!({"email": "Ann@Example.org", "password": PASSWORD, "display_name": "Ann"});
    let ann = anybody.post("/auth/register", &account).await.expect(201).json();
    assert_eq!(ann["is_admin"], false);
    let customer = anybody.sign_in("ann@example.org", PASSWORD).await;
    assert_eq!(customer.get("/users/me").await.expect(200).json(), ann);
    browse(&customer, &house).await;

    let premium = free_seats(&customer, &house, "premium").await;
    let recliners = free_seats(&customer, &house, "recliner").await;
    assert_eq!((premium.len(), recliners.len()), (4, 4));
    let kept = reserve(&customer, &house, &premium[..2]).await;
    let kept = wait(place, &customer, &kept).await;
    assert_eq!(kept["status"], "confirmed");
    assert_eq!(kept["payment"]["status"], "captured");
    assert_eq!(kept["total"], json!({"amount": 3500, "currency": "USD"}));

    let regretted = reserve(&customer, &house, &recliners[..2]).await;
    let regretted = wait(place, &customer, &regretted).await;
    assert_eq!(regretted["status"], "confirmed");
    let path = format!("/reservations/{}", text(&regretted, "id"));
    customer.act(&format!("{path}/cancel")).await.expect(200);
    let refunded = refunded(place, &customer, &regretted).await;
    assert_eq!(refunded["status"], "cancelled");
    assert_eq!(refunded["payment"]["status"], "refunded");
    assert_eq!(
        free_seats(&customer, &house, "recliner").await,
        recliners,
        "they are for sale again"
    );
    assert_eq!(free_seats(&customer, &house, "premium").await, premium[2..]);
    let mine = customer.get("/reservations").await.expect(200).json();
    assert_eq!(mine["items"], json!([refunded, kept]));

    let reviews = format!("/movies/{}/reviews", house.movie);
    let review = json!({"rating": 5, "text": "Did not blink once."});
    customer
        .post(&reviews, &review)
        .await
        .expect_problem(403, "not-watched");
    let left = house.starts_at.duration_since(place.now());
    place
        .pass(Duration::try_from(left).unwrap_or_default() + Duration::from_millis(50))
        .await;
    let holds = format!("/showtimes/{}/holds", house.showtime);
    customer
        .post(&holds, &json!({"seat_ids": [recliners[0]]}))
        .await
        .expect_problem(409, "showtime-closed");
    let cancel = format!("/reservations/{}/cancel", text(&kept, "id"));
    customer.act(&cancel).await.expect_problem(409, "not-cancellable");
    let written = customer.post(&reviews, &review).await.expect(201).id();
    customer
        .post(&reviews, &review)
        .await
        .expect_problem(409, "already-reviewed");
    let calmer = json!({"rating": 4});
    customer
        .patch(&format!("/reviews/{written}"), &calmer)
        .await
        .expect(200);
    let movie = anybody
        .get(&format!("/movies/{}", house.movie))
        .await
        .expect(200)
        .json();
    assert_eq!(movie["reviews"], json!({"count": 1, "average": 4.0}));

    let session = json!({"refresh_token": customer.refresh_token});
    let renewed = anybody.post("/auth/refresh", &session).await.expect(200).json();
    let customer = customer.bearing(&text(&renewed, "access_token"));
    let session = json!({"refresh_token": renewed["refresh_token"]});
    customer.post("/auth/logout", &session).await.expect(204);
    anybody
        .post("/auth/refresh", &session)
        .await
        .expect_problem(401, "invalid-token");
}

/// What the customer of the journey has paid and not been given back, in cents.
pub(crate) const PAID: i64 = 3500;

#[tokio::test]
async fn a_customer_and_an_administrator_need_nothing_but_the_contract() {
    let (world, embedded) = served().await;
    journey(&world).await;
    assert_eq!(embedded.store.invariants(), Vec::<String>::new());
    let paid: i64 = embedded
        .store
        .audit()
        .bookings
        .iter()
        .map(|record| embedded.gateway.balance(record.booking.payment.id))
        .sum();
    assert_eq!(paid, PAID, "what was kept is paid, and nothing else");
    world.close().await;
}
