//! One effect and one answer for each idempotency key.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty, Layered};
use serde_json::{Value, json};

use crate::support::{Cinema, Client, Gate, PASSWORD, World, movie, showtime, text, theater};

/// A POST, and the same with something else in it.
struct Creation {
    who: Client,
    path: String,
    body: Option<Value>,
    other: Value,
}

/// Everything that creates something, each ready to be created.
async fn creations(world: &World) -> Vec<Creation> {
    let admin = world.admin().await;
    let cinema = Cinema::open(world, &admin).await;
    for name in ["ann", "bob"] {
        world.person(name).await;
    }
    let ann = world.anybody().sign_in("ann@example.org", PASSWORD).await;
    let seen = cinema.reserve(&ann, 0..1, "tok_ok").await;
    world.settle(&ann, &seen).await;
    world.clock.advance(Duration::from_hours(24));
    let admin = world.admin().await;
    let ann = world.anybody().sign_in("ann@example.org", PASSWORD).await;
    let next = showtime(&cinema.movie, &cinema.screen, &world.after(Duration::from_hours(24)));
    let next = admin.post("/showtimes", &next).await.expect(201).id();
    let later = |days: u64| {
        showtime(
            &cinema.movie,
            &cinema.screen,
            &world.after(Duration::from_hours(24 * days)),
        )
    };
    let direct = |seat: usize| {
        json!({
            "showtime_id": next, "seat_ids": [cinema.seats[seat]], "payment_method": {"kind": "paypal", "token": "tok_ok"},
        })
    };
    let hold = ann
        .post(
            &format!("/showtimes/{next}/holds"),
            &json!({"seat_ids": [cinema.seats[3]]}),
        )
        .await
        .expect(201)
        .json();
    let of_hold = json!({"hold_id": hold["id"], "payment_method": {"kind": "paypal", "token": "tok_ok"}});
    let registration = |name: &str| json!({"email": "new@example.org", "password": PASSWORD, "display_name": name});
    let creation = |who: &Client, path: String, body: Value, other: Value| Creation {
        who: who.clone(),
        path,
        body: Some(body),
        other,
    };
    vec![
        creation(
            &world.anybody(),
            "/auth/register".into(),
            registration("New"),
            registration("Other"),
        ),
        creation(&admin, "/movies".into(), movie("One"), movie("Other")),
        creation(&admin, "/theaters".into(), theater("One"), theater("Other")),
        creation(
            &admin,
            format!("/theaters/{}/screens", cinema.theater),
            json!({"name": "One"}),
            json!({"name": "Other"}),
        ),
        creation(&admin, "/showtimes".into(), later(3), later(4)),
        creation(
            &ann,
            format!("/movies/{}/reviews", cinema.movie),
            json!({"rating": 5, "text": "Yes."}),
            json!({"rating": 1, "text": "No."}),
        ),
        creation(
            &ann,
            format!("/showtimes/{next}/holds"),
            json!({"seat_ids": [cinema.seats[1]]}),
            json!({"seat_ids": [cinema.seats[2]]}),
        ),
        creation(&ann, "/reservations".into(), direct(4), direct(5)),
        creation(&ann, "/reservations".into(), of_hold, direct(5)),
    ]
}

#[tokio::test]
async fn the_same_key_and_request_have_one_effect_and_one_answer() {
    let world = World::open().await;
    for (index, Creation { who, path, body, .. }) in creations(&world).await.into_iter().enumerate() {
        let keyed = who.with("idempotency-key", &format!("key {index}"));
        let body = body.unwrap();
        let first = keyed.post(&path, &body).await.expect(201);
        for _ in 0..2 {
            let again = keyed.post(&path, &body).await.expect(201);
            assert_eq!(again.text(), first.text(), "{path}");
            for header in ["location", "etag", "content-type"] {
                assert_eq!(again.header(header), first.header(header), "{path}: {header}");
            }
        }
    }
    world.close().await;
}

#[tokio::test]
async fn the_same_body_in_another_order_is_the_same_request() {
    let world = World::open().await;
    let admin = world.admin().await.with("idempotency-key", "k");
    let (one, other) = (
        r#"{"name": "x", "address": "y", "city": "c", "state": "s", "postal_code": "p", "time_zone": "UTC"}"#,
        r#"{"time_zone":"UTC","postal_code":"p","state":"s","city":"c","address":"y","name":"x"}"#,
    );
    let send = async |text: &str| {
        let body = Some((text.as_bytes().to_vec(), "application/json"));
        admin
            .send_raw(reqwest::Method::POST, "/theaters", body)
            .await
            .expect(201)
    };
    let (first, second) = (send(one).await, send(other).await);
    assert_eq!(first.text(), second.text());
    assert_eq!(
        (
            first.header("idempotent-replayed"),
            second.header("idempotent-replayed")
        ),
        (None, Some("true"))
    );
    world.close().await;
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let world = World::open().await;
    for (index, Creation { who, path, body, other }) in creations(&world).await.into_iter().enumerate() {
        let keyed = who.with("idempotency-key", &format!("key-{index}"));
        keyed.post(&path, &body.unwrap()).await.expect(201);
        keyed
            .post(&path, &other)
            .await
            .expect_problem(422, "idempotency-key-reused");
    }
    world.close().await;
}

#[tokio::test]
async fn without_a_key_every_request_is_its_own() {
    let world = World::open().await;
    let admin = world.admin().await;
    let (one, other) = (
        admin.post("/movies", &movie("x")).await.expect(201).id(),
        admin.post("/movies", &movie("x")).await.expect(201).id(),
    );
    assert_ne!(one, other);
    world.close().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_user() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let (ann, bob) = (ann.with("idempotency-key", "k"), bob.with("idempotency-key", "k"));
    let anns = cinema.hold(&ann, 0..1).await;
    let bobs = cinema.hold(&bob, 1..2).await;
    assert_ne!(anns["id"], bobs["id"]);
    world.close().await;
}

#[tokio::test]
async fn a_repeat_is_answered_as_it_was_even_when_the_thing_has_moved_on() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let keyed = ann.with("idempotency-key", "k");
    let body = json!({"seat_ids": cinema.seats[..1], "showtime_id": cinema.showtime, "payment_method": {"kind": "paypal", "token": "tok_ok"}});
    let made = keyed.post("/reservations", &body).await.expect(201).json();
    world.settle(&ann, &made).await;
    let again = keyed.post("/reservations", &body).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.json(), made);
    world.close().await;
}

#[tokio::test]
async fn cancelling_is_answered_once_too() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
    let path = format!("/reservations/{}/cancel", text(&made, "id"));
    let first = ann.with("idempotency-key", "c").act(&path).await.expect(200);
    let again = ann.with("idempotency-key", "c").act(&path).await.expect(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.text(), first.text());
    ann.with("idempotency-key", "d")
        .act(&path)
        .await
        .expect_problem(409, "not-cancellable");

    let path = format!("/showtimes/{}/cancel", cinema.showtime);
    let first = admin.with("idempotency-key", "c").act(&path).await.expect(200);
    let again = admin.with("idempotency-key", "c").act(&path).await.expect(200);
    assert_eq!(
        (again.text(), again.header("idempotent-replayed")),
        (first.text(), Some("true"))
    );
    world.close().await;
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let keyed = admin.with("idempotency-key", "k");
    let body = showtime(&cinema.movie, &cinema.screen, &world.after(Duration::from_hours(24)));
    keyed.post("/showtimes", &body).await.expect_problem(409, "screen-busy");
    admin
        .act(&format!("/showtimes/{}/cancel", cinema.showtime))
        .await
        .expect(200);
    keyed.post("/showtimes", &body).await.expect(201);
    world.close().await;
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let world = World::open().await;
    let admin = world.admin().await.with("idempotency-key", "k");
    admin.post("/movies", &movie("One")).await.expect(201);
    world.clock.advance(Duration::from_hours(24));
    let admin = world.admin().await.with("idempotency-key", "k");
    // The id is derived from the key, so this very request finds what it made; but its answer is made anew.
    let again = admin.post("/movies", &movie("One")).await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), None);
    world.close().await;
}

#[tokio::test]
async fn while_the_first_request_runs_the_second_is_told_to_wait() {
    let gate = Gate::before("catalog", "add_movie");
    let world = World::with(
        |ports| ports.catalog = Arc::new(Layered::new(ports.catalog.clone(), gate.clone())),
        |_| {},
    )
    .await;
    let admin = world.admin().await.with("idempotency-key", "k");
    let first = {
        let admin = admin.clone();
        tokio::spawn(async move { admin.post("/movies", &movie("One")).await })
    };
    gate.entered().await;
    let answer = admin.post("/movies", &movie("One")).await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_problem(409, "idempotency-key-in-use");
    admin
        .post("/movies", &movie("Other"))
        .await
        .expect_problem(422, "idempotency-key-reused");
    gate.open();
    let first = first.await.unwrap().expect(201);
    assert_eq!(
        admin.post("/movies", &movie("One")).await.expect(201).text(),
        first.text()
    );
    world.close().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_repeat() {
    let lost = FaultAt::Call {
        port: "catalog",
        operation: "add_movie",
        nth: 0,
    };
    let plan = FaultPlan::scripted([(lost, Fault::LostAnswer)]);
    let world = World::with(
        |ports| ports.catalog = Arc::new(Faulty::new(ports.catalog.clone(), plan)),
        |_| {},
    )
    .await;
    let admin = world.admin().await.with("idempotency-key", "k");
    admin
        .post("/movies", &movie("One"))
        .await
        .expect_problem(503, "unavailable");
    admin.post("/movies", &movie("One")).await.expect(201);
    let list = admin.get("/movies").await.expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    world.close().await;
}

#[tokio::test]
async fn a_key_is_one_to_255_printable_characters() {
    let world = World::open().await;
    let admin = world.admin().await;
    let longest = "k".repeat(255);
    admin
        .with("idempotency-key", &longest)
        .post("/movies", &movie("One"))
        .await
        .expect(201);
    for bad in ["", "k\u{e9}y", &format!("{longest}k")] {
        let keyed = admin.with("idempotency-key", bad);
        keyed
            .post("/movies", &movie("One"))
            .await
            .expect_flaws(&[("Idempotency-Key", "invalid_header")]);
    }
    world.close().await;
}
