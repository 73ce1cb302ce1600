//! Seat maps and holds.

use std::time::Duration;

use serde_json::json;

use crate::support::{Cinema, World, text};

#[tokio::test]
async fn a_seat_map_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let map = world.anybody().get(&cinema.map()).await.expect(200).json();
    let seat = |index: usize, number: u64, column: u64, kind: &str, amount: u64| {
        json!({
            "id": cinema.seats[index], "number": number, "column": column, "kind": kind,
            "price": {"amount": amount, "currency": "USD"}, "state": "available",
        })
    };
    assert_eq!(map["rows"][0]["seats"][4], seat(4, 5, 6, "regular", 1250));
    assert_eq!(
        map["rows"][1],
        json!({"label": "B", "seats": [seat(8, 1, 1, "premium", 1750), seat(9, 2, 2, "premium", 1750)]})
    );
    let expected = json!({
        "showtime_id": cinema.showtime, "version": map["version"], "as_of": "2026-12-20T12:00:00Z",
        "counts": {"available": 10, "held": 0, "sold": 0}, "rows": map["rows"],
    });
    assert_eq!(map, expected);
    world
        .anybody()
        .get("/showtimes/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/seats")
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_hold_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let answer = ann
        .post(
            &cinema.holds(),
            &json!({"seat_ids": [cinema.seats[8], cinema.seats[0]]}),
        )
        .await
        .expect(201);
    let hold = answer.json();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1/holds/{}", text(&hold, "id")).as_str())
    );
    let seat = |index: usize, row: &str, number: u64, kind: &str, amount: u64| {
        json!({
            "id": cinema.seats[index], "row": row, "number": number, "kind": kind,
            "price": {"amount": amount, "currency": "USD"},
        })
    };
    let expected = json!({
        "id": hold["id"], "showtime_id": cinema.showtime,
        "seats": [seat(0, "A", 1, "regular", 1250), seat(8, "B", 1, "premium", 1750)],
        "total": {"amount": 3000, "currency": "USD"}, "expires_at": "2026-12-20T12:08:00Z",
    });
    assert_eq!(hold, expected);
    assert_eq!(
        ann.get(&format!("/holds/{}", text(&hold, "id")))
            .await
            .expect(200)
            .json(),
        hold
    );
    world.close().await;
}

#[tokio::test]
async fn seats_are_held_all_or_none() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    cinema.hold(&ann, 1..3).await;
    let body = json!({"seat_ids": cinema.seats[0..4]});
    let problem = bob
        .post(&cinema.holds(), &body)
        .await
        .expect_problem(409, "seats-unavailable");
    assert_eq!(problem["unavailable_seat_ids"], json!(cinema.seats[1..3]));
    let map = bob.get(&cinema.map()).await.expect(200).json();
    assert_eq!(map["counts"], json!({"available": 8, "held": 2, "sold": 0}));
    world.close().await;
}

#[tokio::test]
async fn a_choice_of_seats_is_one_to_ten_distinct_seats_of_the_screen() {
    let world = World::open().await;
    let admin = world.admin().await;
    let (cinema, other) = (Cinema::open(&world, &admin).await, Cinema::open(&world, &admin).await);
    let ann = world.person("ann").await;
    let flaws = async |seats: serde_json::Value, flaws: &[(&str, &str)]| {
        ann.post(&cinema.holds(), &json!({"seat_ids": seats}))
            .await
            .expect_flaws(flaws);
    };
    flaws(json!([]), &[("seat_ids", "empty")]).await;
    flaws(
        json!([cinema.seats[0], cinema.seats[1], cinema.seats[0]]),
        &[("seat_ids[2]", "duplicate")],
    )
    .await;
    flaws(
        json!([cinema.seats[0], "x", "y"]),
        &[("seat_ids[1]", "invalid_id"), ("seat_ids[2]", "invalid_id")],
    )
    .await;
    flaws(
        json!([cinema.seats[0], other.seats[0]]),
        &[("seat_ids[1]", "unknown_seat")],
    )
    .await;
    flaws(json!(vec!["x"; 11]), &[("seat_ids", "too_many")]).await;
    flaws(json!(cinema.seats[0]), &[("seat_ids", "wrong_type")]).await;
    let nowhere = "/showtimes/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/holds";
    ann.post(nowhere, &json!({"seat_ids": cinema.seats[..1]}))
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn nobody_holds_more_than_ten_seats_of_a_showtime() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let layout = json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PPPP"}]});
    let layout = admin
        .put(&format!("/screens/{}/layout", cinema.screen), &layout)
        .await
        .expect(200)
        .json();
    let last = layout["rows"][1]["seats"][3]["id"].clone();
    let ann = world.person("ann").await;
    cinema.hold(&ann, 0..5).await;
    cinema.reserve(&ann, 5..10, "tok_slow_600000").await;
    let body = json!({"seat_ids": [last]});
    ann.post(&cinema.holds(), &body).await.expect_problem(429, "hold-limit");
    let direct = json!({
        "showtime_id": cinema.showtime, "seat_ids": [last], "payment_method": {"kind": "paypal", "token": "tok_ok"},
    });
    ann.post("/reservations", &direct)
        .await
        .expect_problem(429, "hold-limit");
    world.person("bob").await.post(&cinema.holds(), &body).await.expect(201);
    world.close().await;
}

#[tokio::test]
async fn a_hold_lapses_and_its_seats_are_free() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let hold = cinema.hold(&ann, 0..1).await;
    world.clock.advance(Duration::from_secs(8 * 60));
    ann.get(&format!("/holds/{}", text(&hold, "id")))
        .await
        .expect_problem(404, "not-found");
    ann.act(&format!("/holds/{}/extend", text(&hold, "id")))
        .await
        .expect_problem(410, "hold-lapsed");
    let body = json!({"hold_id": hold["id"], "payment_method": {"kind": "paypal", "token": "tok_ok"}});
    ann.post("/reservations", &body)
        .await
        .expect_problem(410, "hold-lapsed");
    cinema.hold(&bob, 0..1).await;
    world.close().await;
}

#[tokio::test]
async fn a_hold_is_let_go_at_once() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let hold = format!("/holds/{}", text(&cinema.hold(&ann, 0..2).await, "id"));
    ann.delete(&hold).await.expect(204);
    cinema.hold(&bob, 0..2).await;
    ann.delete(&hold).await.expect_problem(404, "not-found");
    ann.get(&hold).await.expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_hold_is_extended_once() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let hold = format!("/holds/{}", text(&cinema.hold(&ann, 0..2).await, "id"));
    world.clock.advance(Duration::from_mins(4));
    let longer = ann.act(&format!("{hold}/extend")).await.expect(200).json();
    assert_eq!(longer["expires_at"], "2026-12-20T12:12:00Z");
    ann.act(&format!("{hold}/extend"))
        .await
        .expect_problem(409, "hold-limit-reached");
    ann.act("/holds/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/extend")
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}
