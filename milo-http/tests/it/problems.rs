//! The types of problems: published for ever, and none for nothing.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty, Layered};
use milo_http::ProblemType as Type;
use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Cinema, Gate, PASSWORD, World, movie, showtime, text};

/// What was published. Lines are added, never changed or taken away: clients match on the names.
const PUBLISHED: &[(&str, u16)] = &[
    ("validation", 422),
    ("malformed-request", 400),
    ("unauthorized", 401),
    ("invalid-token", 401),
    ("invalid-credentials", 401),
    ("too-many-attempts", 429),
    ("forbidden", 403),
    ("not-found", 404),
    ("method-not-allowed", 405),
    ("unsupported-media-type", 415),
    ("payload-too-large", 413),
    ("email-taken", 409),
    ("idempotency-key-reused", 422),
    ("idempotency-key-in-use", 409),
    ("precondition-failed", 412),
    ("in-use", 409),
    ("seats-in-use", 409),
    ("screen-busy", 409),
    ("seats-unavailable", 409),
    ("showtime-closed", 409),
    ("hold-limit", 429),
    ("hold-lapsed", 410),
    ("hold-limit-reached", 409),
    ("price-changed", 409),
    ("not-cancellable", 409),
    ("not-watched", 403),
    ("already-reviewed", 409),
    ("unavailable", 503),
    ("timeout", 503),
    ("internal", 500),
];

#[test]
fn published_types_are_never_changed_or_taken_back() {
    let found: Vec<(&str, u16)> = Type::ALL
        .iter()
        .map(|kind| (kind.name(), kind.status().as_u16()))
        .collect();
    assert_eq!(found, PUBLISHED);
    for kind in Type::ALL {
        assert_eq!(kind.urn(), format!("urn:milo:problem:{}", kind.name()));
    }
}

#[tokio::test]
async fn every_type_can_be_had() {
    for kind in Type::ALL {
        let answer = provoke(*kind).await;
        assert_eq!(answer.json()["title"], kind.title());
        answer.expect_problem(kind.status().as_u16(), kind.name());
    }
}

/// A request that is refused with this type. A new type does not compile without one.
async fn provoke(kind: Type) -> Answer {
    let world = match kind {
        Type::Unavailable => failing(Fault::Transient).await,
        Type::Internal => failing(Fault::Refused).await,
        Type::Timeout | Type::IdempotencyKeyInUse => {
            let gate = Gate::before("catalog", "add_movie");
            let layer = gate.clone();
            let world = World::with(
                |ports| ports.catalog = Arc::new(Layered::new(ports.catalog.clone(), layer)),
                |limits| limits.request_time = Duration::from_millis(300),
            )
            .await;
            let admin = world.admin().await.with("idempotency-key", "k");
            let answer = if kind == Type::Timeout {
                admin.post("/movies", &movie("x")).await
            } else {
                let first = tokio::spawn({
                    let admin = admin.clone();
                    async move { admin.post("/movies", &movie("x")).await }
                });
                gate.entered().await;
                let second = admin.post("/movies", &movie("x")).await;
                first.await.unwrap();
                second
            };
            gate.open();
            world.close().await;
            return answer;
        }
        _ => World::open().await,
    };
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let paypal = json!({"kind": "paypal", "token": "tok_ok"});
    let login = json!({"email": "ann@example.org", "password": "wrong password"});
    let some = json!({"seat_ids": cinema.seats[..1]});
    let raw = async |body: Vec<u8>, media: &str| ann.send_raw(Method::POST, "/auth/login", Some((body, media))).await;
    let answer = match kind {
        Type::Validation => ann.get("/movies?limit=0").await,
        Type::MalformedRequest => raw(b"{".to_vec(), "application/json").await,
        Type::UnsupportedMediaType => raw(b"{}".to_vec(), "text/plain").await,
        Type::PayloadTooLarge => raw(vec![b' '; 70_000], "application/json").await,
        Type::Unauthorized => world.anybody().get("/users/me").await,
        Type::InvalidToken => ann.bearing("x").get("/users/me").await,
        Type::InvalidCredentials => ann.post("/auth/login", &login).await,
        Type::TooManyAttempts => {
            for _ in 0..5 {
                ann.post("/auth/login", &login).await.expect(401);
            }
            ann.post("/auth/login", &login).await
        }
        Type::Forbidden => ann.post("/movies", &movie("x")).await,
        Type::NotFound => ann.get("/nothing").await,
        Type::MethodNotAllowed => ann.delete("/movies").await,
        Type::EmailTaken => {
            let body = json!({"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"});
            ann.post("/auth/register", &body).await
        }
        Type::IdempotencyKeyReused => {
            let keyed = admin.with("idempotency-key", "k");
            keyed.post("/movies", &movie("x")).await.expect(201);
            keyed.post("/movies", &movie("y")).await
        }
        Type::PreconditionFailed => {
            admin
                .with("if-match", "\"x\"")
                .patch(&format!("/movies/{}", cinema.movie), &json!({}))
                .await
        }
        Type::InUse => {
            cinema.reserve(&ann, 0..1, "tok_ok").await;
            admin.delete(&format!("/movies/{}", cinema.movie)).await
        }
        Type::SeatsInUse => {
            cinema.hold(&ann, 9..10).await;
            let plan = json!({"rows": [{"label": "A", "pattern": "R"}]});
            admin.put(&format!("/screens/{}/layout", cinema.screen), &plan).await
        }
        Type::ScreenBusy => {
            let at = world.after(Duration::from_hours(24));
            admin
                .post("/showtimes", &showtime(&cinema.movie, &cinema.screen, &at))
                .await
        }
        Type::SeatsUnavailable => {
            cinema.hold(&bob, 0..1).await;
            ann.post(&cinema.holds(), &some).await
        }
        Type::ShowtimeClosed => {
            admin
                .act(&format!("/showtimes/{}/cancel", cinema.showtime))
                .await
                .expect(200);
            ann.post(&cinema.holds(), &some).await
        }
        Type::HoldLimit => {
            let plan = json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PPP"}]});
            let layout = admin
                .put(&format!("/screens/{}/layout", cinema.screen), &plan)
                .await
                .expect(200)
                .json();
            cinema.hold(&ann, 0..10).await;
            let eleventh = json!({"seat_ids": [layout["rows"][1]["seats"][2]["id"]]});
            ann.post(&cinema.holds(), &eleventh).await
        }
        Type::HoldLapsed => {
            let hold = cinema.hold(&ann, 0..1).await;
            world.clock.advance(Duration::from_mins(8));
            ann.post(
                "/reservations",
                &json!({"hold_id": hold["id"], "payment_method": paypal}),
            )
            .await
        }
        Type::HoldLimitReached => {
            let extend = format!("/holds/{}/extend", text(&cinema.hold(&ann, 0..1).await, "id"));
            ann.act(&extend).await.expect(200);
            ann.act(&extend).await
        }
        Type::PriceChanged => {
            let hold = cinema.hold(&ann, 0..1).await;
            let prices = json!({"prices": {"regular": {"amount": 1, "currency": "USD"}}});
            admin
                .patch(&format!("/showtimes/{}", cinema.showtime), &prices)
                .await
                .expect(200);
            ann.post(
                "/reservations",
                &json!({"hold_id": hold["id"], "payment_method": paypal}),
            )
            .await
        }
        Type::NotCancellable => {
            let cancel = format!(
                "/reservations/{}/cancel",
                text(&cinema.reserve(&ann, 0..1, "tok_ok").await, "id")
            );
            ann.act(&cancel).await.expect(200);
            ann.act(&cancel).await
        }
        Type::NotWatched => {
            ann.post(
                &format!("/movies/{}/reviews", cinema.movie),
                &json!({"rating": 1, "text": "x"}),
            )
            .await
        }
        Type::AlreadyReviewed => {
            let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
            world.settle(&ann, &made).await;
            world.clock.advance(Duration::from_hours(24));
            let ann = world.anybody().sign_in("ann@example.org", PASSWORD).await;
            let reviews = format!("/movies/{}/reviews", cinema.movie);
            ann.post(&reviews, &json!({"rating": 1, "text": "x"})).await.expect(201);
            ann.post(&reviews, &json!({"rating": 1, "text": "x"})).await
        }
        Type::Unavailable | Type::Internal => ann.get("/users/me/reviews").await,
        Type::Timeout | Type::IdempotencyKeyInUse => unreachable!("answered above"),
    };
    world.close().await;
    answer
}

/// A world whose reviews cannot be read.
async fn failing(fault: Fault) -> World {
    let call = FaultAt::Call {
        port: "reviews",
        operation: "of_author",
        nth: 0,
    };
    let plan = FaultPlan::scripted([(call, fault)]);
    World::with(
        |ports| ports.reviews = Arc::new(Faulty::new(ports.reviews.clone(), plan)),
        |_| {},
    )
    .await
}
