//! What is somebody else's is not there, and an id is an id or nothing.

use std::sync::Arc;

use milo_adapters::layers::{FaultPlan, Faulty};
use serde_json::json;

use super::Insides;
use crate::support::{Answer, Cinema, Client, World, movie, operations, showtime, text};

#[tokio::test]
async fn o13_a_hold_is_not_there_for_anybody_else() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let hold = inside.cinema.hold(&ann, 0..2).await;
    let path = format!("/holds/{}", text(&hold, "id"));
    let body = json!({"hold_id": hold["id"], "payment_method": {"kind": "credit_card", "token": "tok_ok"}});

    for other in [&bob, &inside.admin] {
        other.get(&path).await.expect_problem(404, "not-found");
        other.delete(&path).await.expect_problem(404, "not-found");
        other
            .act(&format!("{path}/extend"))
            .await
            .expect_problem(404, "not-found");
        other
            .post("/reservations", &body)
            .await
            .expect_problem(404, "not-found");
    }
    let nobody = inside.world.anybody();
    nobody.get(&path).await.expect_problem(401, "unauthorized");
    nobody.delete(&path).await.expect_problem(401, "unauthorized");

    assert_eq!(ann.get(&path).await.expect(200).json(), hold, "nothing has changed");
    ann.post("/reservations", &body).await.expect(201);
    // The hold has become a reservation, which is nobody else's either.
    bob.post("/reservations", &body).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn o13_a_reservation_is_not_there_for_anybody_else() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let reservation = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    let path = format!("/reservations/{}", text(&reservation, "id"));

    for other in [&bob, &inside.admin] {
        other.get(&path).await.expect_problem(404, "not-found");
        other
            .get(&format!("{path}?wait=30"))
            .await
            .expect_problem(404, "not-found");
        other
            .act(&format!("{path}/cancel"))
            .await
            .expect_problem(404, "not-found");
        let theirs = other.get("/reservations").await.expect(200).json();
        assert_eq!(theirs["items"], json!([]));
    }
    assert_eq!(ann.get(&path).await.expect(200).json(), reservation);
}

#[tokio::test]
async fn o13_no_hold_lasts_for_ever() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let begun = inside.world.now();
    let hold = inside.cinema.hold(&ann, 0..2).await;
    let path = format!("/holds/{}", text(&hold, "id"));
    // What a client says about lifetimes is not even read here.
    let greedy = json!({"ttl": 315_360_000, "expires_at": "2099-01-01T00:00:00Z"});
    let extended = ann.post(&format!("{path}/extend"), &greedy).await.expect(200).json();
    ann.act(&format!("{path}/extend"))
        .await
        .expect_problem(409, "hold-limit-reached");

    let expires_at: jiff::Timestamp = text(&extended, "expires_at").parse().unwrap();
    let longest = begun.checked_add(inside.world.milo.policy().hold_lifetime_max).unwrap();
    assert!(expires_at <= longest, "{extended}");
    inside.world.clock.set(expires_at);
    assert_eq!(inside.counts().await, json!({"available": 10, "held": 0, "sold": 0}));
}

#[tokio::test]
async fn o13_seats_are_not_locked_and_unlocked_by_name() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let hold = inside.cinema.hold(&ann, 0..1).await;
    let body = json!({"userId": "ann", "seatId": inside.cinema.seats[0], "showtimeId": inside.cinema.showtime});
    for address in ["//api/seat/lock", "//api/seat/unlock", "/seats/lock", "/seats/unlock"] {
        ann.post(address, &body).await.expect_problem(404, "not-found");
    }
    ann.get(&format!("/holds/{}", text(&hold, "id"))).await.expect(200);
}

/// What is no id: separators and wildcards of keys, ways out of a folder, other spellings of a UUID, much too long.
fn odd_ids(real: &str) -> Vec<String> {
    let mut odd: Vec<String> = [
        ":",
        "{}",
        "*",
        "?",
        "\n",
        "\r\n",
        "\0",
        "../",
        "..",
        "%",
        "%2e%2e",
        "'",
        "\" or 1=1 --",
        ";",
        "1",
        "-1",
        "0",
        "null",
        "undefined",
        "true",
        "ü",
        "\u{202e}",
        " ",
        "$where",
        "[$ne]",
        "m:{st:1}:s:1",
        "00000000-0000-0000-0000-00000000000g",
    ]
    .map(str::to_owned)
    .into();
    let bare = real.replace('-', "");
    odd.extend([
        format!("{{{real}}}"),
        format!("urn:uuid:{real}"),
        format!("{real}:"),
        format!("{real}}}:s:*"),
        format!("{real}\n"),
        format!(" {real}"),
        format!("../{real}"),
        format!("{real}/../{real}"),
        format!("{real},{real}"),
        bare,
        real[..35].to_owned(),
        "a".repeat(4000),
    ]);
    odd
}

/// One text as one part of an address.
fn as_part(text: &str) -> String {
    let escaped = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    // A part of two dots and nothing else would be taken as a way up by the client itself.
    if escaped == "%2E%2E" {
        "%252E%252E".to_owned()
    } else {
        escaped
    }
}

/// A world that remembers every call of every store, lock store, queue and gateway.
async fn watched(plan: &Arc<FaultPlan>) -> World {
    World::with(
        |ports| {
            ports.accounts = Arc::new(Faulty::new(ports.accounts.clone(), plan.clone()));
            ports.sessions = Arc::new(Faulty::new(ports.sessions.clone(), plan.clone()));
            ports.catalog = Arc::new(Faulty::new(ports.catalog.clone(), plan.clone()));
            ports.bookings = Arc::new(Faulty::new(ports.bookings.clone(), plan.clone()));
            ports.reviews = Arc::new(Faulty::new(ports.reviews.clone(), plan.clone()));
            ports.outbox = Arc::new(Faulty::new(ports.outbox.clone(), plan.clone()));
            ports.idempotency = Arc::new(Faulty::new(ports.idempotency.clone(), plan.clone()));
            ports.locks = Arc::new(Faulty::new(ports.locks.clone(), plan.clone()));
            ports.queue = Arc::new(Faulty::new(ports.queue.clone(), plan.clone()));
            ports.gateway = Arc::new(Faulty::new(ports.gateway.clone(), plan.clone()));
        },
        |_| {},
    )
    .await
}

#[tokio::test]
async fn o13_an_odd_id_in_a_path_reaches_no_store() {
    let plan = FaultPlan::quiet();
    let world = watched(&plan).await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let calls = plan.calls();
    let mut tried = 0;

    for operation in operations() {
        if !operation.path.contains("{id}") {
            continue;
        }
        // A body that the operation would take, if the id in its path were one.
        let body = operation.example();
        for odd in odd_ids(&cinema.showtime) {
            let path = format!("/{}", operation.path.replace("{id}", &as_part(&odd)));
            let answer = admin.send(operation.method.clone(), &path, body.as_ref()).await;
            answer.expect_problem(404, "not-found");
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried} requests were tried");
    assert_eq!(plan.calls(), calls, "an odd id reached a store");
}

#[tokio::test]
async fn o13_an_odd_id_in_a_body_or_a_query_reaches_no_store() {
    let plan = FaultPlan::quiet();
    let world = watched(&plan).await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let method = json!({"kind": "credit_card", "token": "tok_ok"});
    let start = "2026-12-30T12:00:00Z";
    let calls = plan.calls();

    for odd in odd_ids(&cinema.showtime) {
        let refused = |answer: Answer, field: &str| answer.expect_flaws(&[(field, "invalid_id")]);
        let seats = json!({"seat_ids": [cinema.seats[0], odd]});
        refused(ann.post(&cinema.holds(), &seats).await, "seat_ids[1]");
        let of_hold = json!({"hold_id": odd, "payment_method": method});
        refused(ann.post("/reservations", &of_hold).await, "hold_id");
        let mut direct = json!({"showtime_id": odd, "seat_ids": cinema.seats[..1], "payment_method": method});
        refused(ann.post("/reservations", &direct).await, "showtime_id");
        direct["showtime_id"] = json!(cinema.showtime);
        direct["seat_ids"] = json!([odd]);
        refused(ann.post("/reservations", &direct).await, "seat_ids[0]");
        let of_movie = showtime(&odd, &cinema.screen, start);
        refused(admin.post("/showtimes", &of_movie).await, "movie_id");
        let on_screen = showtime(&cinema.movie, &odd, start);
        refused(admin.post("/showtimes", &on_screen).await, "screen_id");
        for filter in ["theater_id", "movie_id"] {
            let path = format!("/showtimes?{filter}={}", as_part(&odd));
            ann.get(&path).await.expect_flaws(&[(filter, "invalid_id")]);
        }
    }
    assert_eq!(plan.calls(), calls, "an odd id reached a store");
}

/// What is stored as text may hold anything, and stays text.
#[tokio::test]
async fn o13_odd_text_is_kept_as_text() {
    let world = World::open().await;
    let admin: Client = world.admin().await;
    for odd in [
        "m:{st:1}:s:*",
        "'; drop table movies; --",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "${jndi:x}",
    ] {
        let made = admin.post("/movies", &movie(odd)).await.expect(201);
        let read = admin.get(&format!("/movies/{}", made.id())).await.expect(200).json();
        assert_eq!(read["title"], odd);
    }
}
