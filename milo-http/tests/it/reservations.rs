//! Reservations and their payments.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty};
use milo_core::jobs::Job;
use serde_json::{Value, json};

use crate::support::{Cinema, World, text};

fn by_hold(hold: &Value, token: &str) -> Value {
    json!({"hold_id": hold["id"], "payment_method": {"kind": "credit_card", "token": token}})
}

#[tokio::test]
async fn a_reservation_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let hold = cinema.hold(&ann, 0..1).await;
    let made = ann
        .post("/reservations", &by_hold(&hold, "tok_ok"))
        .await
        .expect(201)
        .json();
    let expected = json!({
        "id": made["id"], "code": made["code"], "showtime_id": cinema.showtime, "status": "pending_payment",
        "seats": hold["seats"], "total": hold["total"],
        "payment": {"id": made["payment"]["id"], "status": "created", "attempts": 0, "failure": null},
        "expires_at": "2026-12-20T12:10:00Z", "created_at": "2026-12-20T12:00:00Z", "updated_at": "2026-12-20T12:00:00Z",
    });
    assert_eq!(made, expected);
    let code = text(&made, "code");
    assert!(code.len() == 9 && code.as_bytes()[4] == b'-', "{code}");
    assert_eq!(
        ann.get(&format!("/reservations/{}", text(&made, "id")))
            .await
            .expect(200)
            .json(),
        made
    );
    assert_eq!(
        ann.get("/reservations").await.expect(200).json(),
        json!({"items": [made], "next_cursor": null})
    );
    world.close().await;
}

#[tokio::test]
async fn the_same_hold_again_is_the_same_reservation() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let hold = cinema.hold(&ann, 0..1).await;
    let body = by_hold(&hold, "tok_ok");
    let made = ann.post("/reservations", &body).await.expect(201).json();
    let answer = ann.post("/reservations", &body).await.expect(200);
    assert_eq!(answer.json(), made);
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1/reservations/{}", text(&made, "id")).as_str())
    );
    let paid = world.settle(&ann, &made).await;
    assert_eq!(ann.post("/reservations", &body).await.expect(200).json(), paid);
    world.close().await;
}

#[tokio::test]
async fn seats_are_reserved_without_a_hold_in_one_step() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let body = json!({
        "showtime_id": cinema.showtime, "seat_ids": cinema.seats[..2],
        "payment_method": {"kind": "mobile_payment", "token": "tok_ok"},
    });
    let made = ann.post("/reservations", &body).await.expect(201).json();
    assert_eq!(made["total"], json!({"amount": 2500, "currency": "USD"}));
    let problem = bob
        .post("/reservations", &body)
        .await
        .expect_problem(409, "seats-unavailable");
    assert_eq!(problem["unavailable_seat_ids"], json!(cinema.seats[..2]));
    assert_eq!(world.settle(&ann, &made).await["status"], "confirmed");
    let map = bob.get(&cinema.map()).await.expect(200).json();
    assert_eq!(map["counts"], json!({"available": 8, "held": 0, "sold": 2}));
    world.close().await;
}

#[tokio::test]
async fn what_is_reserved_is_either_a_hold_or_seats() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    let id = "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11";
    let paypal = json!({"kind": "paypal", "token": "tok_ok"});
    let flaws = async |body: Value, flaws: &[(&str, &str)]| ann.post("/reservations", &body).await.expect_flaws(flaws);
    flaws(json!({"payment_method": paypal}), &[("hold_id", "missing")]).await;
    flaws(
        json!({"showtime_id": id, "payment_method": paypal}),
        &[("seat_ids", "missing")],
    )
    .await;
    flaws(
        json!({"seat_ids": [id], "payment_method": paypal}),
        &[("showtime_id", "missing")],
    )
    .await;
    flaws(
        json!({"hold_id": id, "seat_ids": [id], "payment_method": paypal}),
        &[("seat_ids", "conflict")],
    )
    .await;
    flaws(
        json!({"hold_id": id, "showtime_id": id, "payment_method": paypal}),
        &[("showtime_id", "conflict")],
    )
    .await;
    flaws(
        json!({"hold_id": "x", "payment_method": {"kind": "cash", "token": ""}}),
        &[
            ("hold_id", "invalid_id"),
            ("payment_method.kind", "unknown_value"),
            ("payment_method.token", "empty"),
        ],
    )
    .await;
    flaws(
        json!({"hold_id": id, "payment_method": {"kind": "credit_card", "token": "4111111111111111"}}),
        &[("payment_method.token", "card_number")],
    )
    .await;
    flaws(
        json!({"hold_id": id, "payment_method": {"kind": "credit_card", "token": "t", "amount": 1}}),
        &[("payment_method.amount", "unknown_field")],
    )
    .await;
    flaws(json!({"hold_id": id}), &[("payment_method", "missing")]).await;
    ann.post("/reservations", &json!({"hold_id": id, "payment_method": paypal}))
        .await
        .expect_problem(404, "not-found");
    let direct = json!({"showtime_id": id, "seat_ids": [id], "payment_method": paypal});
    ann.post("/reservations", &direct)
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn every_behaviour_of_the_simulated_gateway_can_be_had() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let cases = [
        ("tok_ok", "confirmed", "captured"),
        ("tok_declined", "payment_failed", "declined"),
        ("tok_flaky_2", "confirmed", "captured"),
        ("tok_down", "payment_failed", "voided"),
    ];
    for (index, (token, status, payment)) in cases.into_iter().enumerate() {
        let made = cinema.reserve(&ann, index..index + 1, token).await;
        let settled = world.settle(&ann, &made).await;
        assert_eq!(
            (settled["status"].as_str(), settled["payment"]["status"].as_str()),
            (Some(status), Some(payment)),
            "{token}"
        );
        assert_eq!(
            settled["payment"]["failure"].is_null(),
            status == "confirmed",
            "{token}: {settled}"
        );
    }
    let map = ann.get(&cinema.map()).await.expect(200).json();
    assert_eq!(map["counts"], json!({"available": 8, "held": 0, "sold": 2}));
    world.close().await;
}

#[tokio::test]
async fn a_price_that_changed_is_told_before_it_is_paid() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let hold = cinema.hold(&ann, 0..2).await;
    let prices = json!({"prices": {"regular": {"amount": 1400, "currency": "USD"}}});
    admin
        .patch(&format!("/showtimes/{}", cinema.showtime), &prices)
        .await
        .expect(200);
    let problem = ann
        .post("/reservations", &by_hold(&hold, "tok_ok"))
        .await
        .expect_problem(409, "price-changed");
    assert_eq!(problem["total"], json!({"amount": 2800, "currency": "USD"}));
    world.close().await;
}

#[tokio::test]
async fn a_reservation_that_nobody_pays_expires() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
    world.clock.advance(Duration::from_mins(9) + Duration::from_secs(59));
    let path = format!("/reservations/{}", text(&made, "id"));
    assert_eq!(ann.get(&path).await.expect(200).json()["status"], "pending_payment");
    world.clock.advance(Duration::from_secs(1));
    world.milo.jobs().reservation_expiry().run_once().await.unwrap();
    let expired = world
        .anybody()
        .sign_in("ann@example.org", crate::support::PASSWORD)
        .await
        .get(&path)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (expired["status"].as_str(), expired["payment"]["status"].as_str()),
        (Some("expired"), Some("dropped"))
    );
    world.close().await;
}

#[tokio::test]
async fn a_pending_reservation_is_cancelled_and_its_seats_are_free() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let made = cinema.reserve(&ann, 0..2, "tok_ok").await;
    let cancel = format!("/reservations/{}/cancel", text(&made, "id"));
    let cancelled = ann.act(&cancel).await.expect(200).json();
    assert_eq!(
        (cancelled["status"].as_str(), cancelled["payment"]["status"].as_str()),
        (Some("cancelled"), Some("dropped"))
    );
    cinema.hold(&bob, 0..2).await;
    ann.act(&cancel).await.expect_problem(409, "not-cancellable");
    world.close().await;
}

#[tokio::test]
async fn a_confirmed_reservation_is_refunded_until_the_showtime_starts() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let early = cinema.reserve(&ann, 0..1, "tok_ok").await;
    let late = cinema.reserve(&ann, 1..2, "tok_ok").await;
    world.settle(&ann, &early).await;
    world.settle(&ann, &late).await;
    let cancelled = ann
        .act(&format!("/reservations/{}/cancel", text(&early, "id")))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (cancelled["status"].as_str(), cancelled["payment"]["status"].as_str()),
        (Some("cancelled"), Some("refunding"))
    );
    assert_eq!(world.settle(&ann, &early).await["payment"]["status"], "refunded");
    world.clock.advance(Duration::from_hours(24));
    let ann = world
        .anybody()
        .sign_in("ann@example.org", crate::support::PASSWORD)
        .await;
    ann.act(&format!("/reservations/{}/cancel", text(&late, "id")))
        .await
        .expect_problem(409, "not-cancellable");
    world.close().await;
}

#[tokio::test]
async fn seats_are_sold_while_the_lock_store_is_down() {
    let down = (0..1000).map(|step| (FaultAt::Step(step), Fault::Transient));
    let plan = FaultPlan::scripted(down);
    let world = World::with(
        |ports| ports.locks = Arc::new(Faulty::new(ports.locks.clone(), plan)),
        |_| {},
    )
    .await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let refused = ann.post(&cinema.holds(), &json!({"seat_ids": cinema.seats[..1]})).await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.expect_problem(503, "unavailable");
    let body = json!({
        "showtime_id": cinema.showtime, "seat_ids": cinema.seats[..1], "payment_method": {"kind": "paypal", "token": "tok_ok"},
    });
    let made = ann.post("/reservations", &body).await.expect(201).json();
    assert_eq!(world.settle(&ann, &made).await["status"], "confirmed");
    let map = ann.get(&cinema.map()).await.expect(200).json();
    assert_eq!(
        (map["version"].as_u64(), &map["counts"]),
        (Some(0), &json!({"available": 9, "held": 0, "sold": 1}))
    );
    world.close().await;
}

#[tokio::test]
async fn whoever_waits_is_answered_as_soon_as_the_payment_is_settled() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
    let path = format!("/reservations/{}", text(&made, "id"));
    let waiting = {
        let (ann, path) = (ann.clone(), format!("{path}?wait=30"));
        tokio::spawn(async move { ann.get(&path).await })
    };
    world.settle(&ann, &made).await;
    assert_eq!(waiting.await.unwrap().expect(200).json()["status"], "confirmed");
    assert_eq!(
        ann.get(&format!("{path}?wait=30")).await.expect(200).json()["status"],
        "confirmed"
    );
    world.close().await;
}

#[tokio::test]
async fn a_wait_is_whole_seconds_up_to_thirty() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
    let path = format!("/reservations/{}", text(&made, "id"));
    assert_eq!(
        ann.get(&format!("{path}?wait=0")).await.expect(200).json()["status"],
        "pending_payment"
    );
    for (wait, code) in [
        ("31", "out_of_range"),
        ("-1", "wrong_type"),
        ("1.5", "wrong_type"),
        ("", "wrong_type"),
        ("99999999999", "out_of_range"),
    ] {
        ann.get(&format!("{path}?wait={wait}"))
            .await
            .expect_flaws(&[("wait", code)]);
    }
    ann.get("/reservations?wait=1")
        .await
        .expect_flaws(&[("wait", "unknown_parameter")]);
    world.close().await;
}
