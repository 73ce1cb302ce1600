//! Showtimes.

use std::time::Duration;

use serde_json::json;

use crate::support::{Cinema, World, showtime, text};

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_showtime_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let seen = world
        .anybody()
        .get(&format!("/showtimes/{}", cinema.showtime))
        .await
        .expect(200)
        .json();
    assert_eq!(
        seen,
        json!({
            "id": cinema.showtime, "movie_id": cinema.movie, "screen_id": cinema.screen, "theater_id": cinema.theater,
            "starts_at": "2026-12-21T12:00:00Z", "ends_at": "2026-12-21T14:00:00Z", "status": "scheduled",
            "prices": {"regular": {"amount": 1250, "currency": "USD"}, "premium": {"amount": 1750, "currency": "USD"}},
            "seats_available": 10,
        })
    );
    let ann = world.person("ann").await;
    cinema.hold(&ann, 0..3).await;
    let seen = world
        .anybody()
        .get(&format!("/showtimes/{}", cinema.showtime))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["seats_available"], 7);
    world.close().await;
}

#[tokio::test]
async fn a_time_with_an_offset_is_told_in_utc() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let body = showtime(&cinema.movie, &cinema.screen, "2027-01-01T20:30:00.25+01:00");
    let made = admin.post("/showtimes", &body).await.expect(201).json();
    assert_eq!(made["starts_at"], "2027-01-01T19:30:00.25Z");
    world.close().await;
}

#[tokio::test]
async fn a_start_is_kept_in_whole_microseconds() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let body = showtime(&cinema.movie, &cinema.screen, "2027-01-01T19:30:00.123456789Z");
    let made = admin.post("/showtimes", &body).await.expect(201).json();
    assert_eq!(made["starts_at"], "2027-01-01T19:30:00.123456Z");
    let moved = json!({"starts_at": "2027-01-02T19:30:00.987654321Z"});
    let path = format!("/showtimes/{}", text(&made, "id"));
    let changed = admin.patch(&path, &moved).await.expect(200).json();
    assert_eq!(changed["starts_at"], "2027-01-02T19:30:00.987654Z");
    world.close().await;
}

#[tokio::test]
async fn a_screen_never_has_two_showtimes_at_once() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let at = |wait| showtime(&cinema.movie, &cinema.screen, &world.after(wait));
    for wait in [24 * HOUR, 25 * HOUR, 23 * HOUR] {
        let problem = admin
            .post("/showtimes", &at(wait))
            .await
            .expect_problem(409, "screen-busy");
        assert_eq!(problem["showtime_id"], cinema.showtime.as_str());
    }
    let next = admin.post("/showtimes", &at(26 * HOUR)).await.expect(201).id();
    let moved = json!({"starts_at": world.after(25 * HOUR)});
    admin
        .patch(&format!("/showtimes/{next}"), &moved)
        .await
        .expect_problem(409, "screen-busy");
    admin
        .act(&format!("/showtimes/{}/cancel", cinema.showtime))
        .await
        .expect(200);
    admin.patch(&format!("/showtimes/{next}"), &moved).await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn a_showtime_needs_a_film_an_active_screen_and_a_time_to_come() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let nothing = "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11";
    let soon = world.after(48 * HOUR);
    let flaws = async |body, flaws: &[(&str, &str)]| admin.post("/showtimes", &body).await.expect_flaws(flaws);
    flaws(showtime(nothing, &cinema.screen, &soon), &[("movie_id", "unknown")]).await;
    flaws(showtime(&cinema.movie, nothing, &soon), &[("screen_id", "unknown")]).await;
    flaws(
        showtime(&cinema.movie, &cinema.screen, "2026-12-20T11:00:00Z"),
        &[("starts_at", "in_the_past")],
    )
    .await;
    flaws(
        showtime("x", "y", "now"),
        &[
            ("movie_id", "invalid_id"),
            ("screen_id", "invalid_id"),
            ("starts_at", "invalid_time"),
        ],
    )
    .await;
    admin
        .patch(&format!("/screens/{}", cinema.screen), &json!({"is_active": false}))
        .await
        .expect(200);
    flaws(
        showtime(&cinema.movie, &cinema.screen, &soon),
        &[("screen_id", "inactive")],
    )
    .await;
    world.close().await;
}

#[tokio::test]
async fn prices_are_merged_and_a_null_takes_a_kind_off_sale() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let path = format!("/showtimes/{}", cinema.showtime);
    let patch = json!({"prices": {"regular": {"amount": 1300, "currency": "USD"}, "premium": null}});
    let changed = admin.patch(&path, &patch).await.expect(200).json();
    assert_eq!(
        changed["prices"],
        json!({"regular": {"amount": 1300, "currency": "USD"}})
    );
    ann.post(&cinema.holds(), &json!({"seat_ids": cinema.seats[7..10]}))
        .await
        .expect_flaws(&[("seat_ids[1]", "not_for_sale"), ("seat_ids[2]", "not_for_sale")]);
    let map = ann.get(&cinema.map()).await.expect(200).json();
    assert_eq!(
        map["rows"][0]["seats"][0]["price"],
        json!({"amount": 1300, "currency": "USD"})
    );
    assert_eq!(map["rows"][1]["seats"][0]["price"], json!(null));
    admin
        .patch(&path, &json!({"prices": {"regular": null}}))
        .await
        .expect_flaws(&[("prices", "empty")]);
    let mixed = json!({"prices": {"premium": {"amount": 1, "currency": "EUR"}}});
    admin
        .patch(&path, &mixed)
        .await
        .expect_flaws(&[("prices", "mixed_currencies")]);
    world.close().await;
}

#[tokio::test]
async fn a_showtime_that_was_reserved_does_not_move() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let path = format!("/showtimes/{}", cinema.showtime);
    cinema.hold(&ann, 0..1).await;
    admin
        .patch(&path, &json!({"starts_at": world.after(30 * HOUR)}))
        .await
        .expect(200);
    cinema.reserve(&ann, 1..2, "tok_ok").await;
    admin
        .patch(&path, &json!({"starts_at": world.after(31 * HOUR)}))
        .await
        .expect_problem(409, "in-use");
    world.close().await;
}

#[tokio::test]
async fn what_has_started_can_no_longer_be_changed_or_had() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    world.person("ann").await;
    world.clock.advance(25 * HOUR);
    let admin = world.admin().await;
    let ann = world
        .anybody()
        .sign_in("ann@example.org", crate::support::PASSWORD)
        .await;
    let path = format!("/showtimes/{}", cinema.showtime);
    admin
        .patch(&path, &json!({"starts_at": world.after(HOUR)}))
        .await
        .expect_problem(409, "showtime-closed");
    admin
        .act(&format!("{path}/cancel"))
        .await
        .expect_problem(409, "showtime-closed");
    let seats = json!({"seat_ids": cinema.seats[..1]});
    ann.post(&cinema.holds(), &seats)
        .await
        .expect_problem(409, "showtime-closed");
    let direct = json!({
        "showtime_id": cinema.showtime, "seat_ids": cinema.seats[..1], "payment_method": {"kind": "paypal", "token": "tok_ok"},
    });
    ann.post("/reservations", &direct)
        .await
        .expect_problem(409, "showtime-closed");
    world.close().await;
}

#[tokio::test]
async fn cancelling_refunds_every_confirmed_reservation() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let paid = cinema.reserve(&ann, 0..2, "tok_ok").await;
    assert_eq!(world.settle(&ann, &paid).await["status"], "confirmed");
    let held = cinema.hold(&bob, 2..3).await;
    let path = format!("/showtimes/{}/cancel", cinema.showtime);
    let cancelled = admin.act(&path).await.expect(200).json();
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(admin.act(&path).await.expect(200).json()["status"], "cancelled");
    let body = json!({"hold_id": held["id"], "payment_method": {"kind": "debit_card", "token": "tok_ok"}});
    bob.post("/reservations", &body)
        .await
        .expect_problem(409, "showtime-closed");
    world.turn().await;
    let refunded = world.settle(&ann, &paid).await;
    assert_eq!(refunded["status"], "cancelled");
    assert_eq!(refunded["payment"]["status"], "refunded");
    let seats = json!({"seat_ids": cinema.seats[..1]});
    bob.post(&cinema.holds(), &seats)
        .await
        .expect_problem(409, "showtime-closed");
    world.close().await;
}

#[tokio::test]
async fn showtimes_are_found_by_time_theater_film_and_screen() {
    let world = World::open().await;
    let admin = world.admin().await;
    let (one, other) = (Cinema::open(&world, &admin).await, Cinema::open(&world, &admin).await);
    let later = showtime(&one.movie, &one.screen, &world.after(48 * HOUR));
    let later = admin.post("/showtimes", &later).await.expect(201).id();
    let found = async |path: String| -> Vec<String> {
        let list = world.anybody().get(&path).await.expect(200).json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(item, "id"))
            .collect()
    };
    let everything = found("/showtimes".to_owned()).await;
    assert_eq!((everything.len(), &everything[2]), (3, &later));
    assert_eq!(
        found(format!("/showtimes?movie_id={}", other.movie)).await,
        vec![other.showtime.clone()]
    );
    assert_eq!(
        found(format!(
            "/showtimes?theater_id={}&from={}",
            one.theater,
            world.after(30 * HOUR)
        ))
        .await,
        vec![later.clone()]
    );
    assert_eq!(
        found(format!(
            "/showtimes?theater_id={}&to={}",
            one.theater,
            world.after(48 * HOUR)
        ))
        .await,
        vec![one.showtime.clone()]
    );
    assert_eq!(
        found(format!("/movies/{}/showtimes", one.movie)).await,
        [one.showtime.clone(), later.clone()]
    );
    assert_eq!(
        found(format!("/movies/{}/showtimes?theater_id={}", one.movie, other.theater)).await,
        Vec::<String>::new()
    );
    assert_eq!(
        found(format!("/screens/{}/showtimes?movie_id={}", other.screen, other.movie)).await,
        vec![other.showtime]
    );
    let address = format!("/movies/{}/showtimes?movie_id={}", one.movie, one.movie);
    world
        .anybody()
        .get(&address)
        .await
        .expect_flaws(&[("movie_id", "unknown_parameter")]);
    for nowhere in [
        "/movies/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/showtimes",
        "/screens/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/showtimes",
    ] {
        world.anybody().get(nowhere).await.expect_problem(404, "not-found");
    }
    world.close().await;
}
