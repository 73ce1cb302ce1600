//! One evening at the cinema, from an empty catalogue to a review.

use std::time::Duration;

use serde_json::json;

use crate::support::{Cinema, World};

#[tokio::test]
async fn a_ticket_is_bought_seen_and_reviewed() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;

    let hold = cinema.hold(&ann, 0..2).await;
    assert_eq!(hold["total"], json!({"amount": 2500, "currency": "USD"}));
    let map = ann.get(&cinema.map()).await.expect(200).json();
    assert_eq!(map["counts"], json!({"available": 8, "held": 2, "sold": 0}));
    assert_eq!(map["rows"][0]["seats"][0]["state"], "yours");
    let seen_by_others = world.anybody().get(&cinema.map()).await.expect(200).json();
    assert_eq!(seen_by_others["rows"][0]["seats"][0]["state"], "held");

    let body = json!({"hold_id": hold["id"], "payment_method": {"kind": "credit_card", "token": "tok_ok"}});
    let placed = ann.post("/reservations", &body).await.expect(201);
    let reservation = placed.json();
    assert_eq!(reservation["status"], "pending_payment");
    let location = format!("/api/v1/reservations/{}", reservation["id"].as_str().unwrap());
    assert_eq!(placed.header("location"), Some(location.as_str()));
    let paid = world.settle(&ann, &reservation).await;
    assert_eq!(paid["status"], "confirmed");
    assert_eq!(paid["payment"]["status"], "captured");

    let reviews = format!("/movies/{}/reviews", cinema.movie);
    let review = json!({"rating": 5, "text": "Did not blink once."});
    ann.post(&reviews, &review).await.expect_problem(403, "not-watched");
    world.clock.advance(Duration::from_hours(25));
    let ann = world
        .anybody()
        .sign_in("ann@example.org", crate::support::PASSWORD)
        .await;
    ann.post(&reviews, &review).await.expect(201);
    let movie = ann.get(&format!("/movies/{}", cinema.movie)).await.expect(200).json();
    assert_eq!(movie["reviews"], json!({"count": 1, "average": 5.0}));
    world.close().await;
}
