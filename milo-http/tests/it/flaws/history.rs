//! What was sold is never forgotten, and what is not paid does not stay.

use std::time::Duration;

use milo_core::jobs::Job;
use serde_json::json;

use super::Insides;
use crate::support::{Client, PASSWORD, movie, showtime, text, theater};

/// Runs every job there is, the rare ones too.
async fn run_all_jobs(inside: &Insides) {
    for _ in 0..3 {
        inside.world.turn().await;
        inside.world.milo.jobs().key_purge().run_once().await.unwrap();
    }
}

async fn again(inside: &Insides, name: &str) -> Client {
    let email = format!("{name}@example.org");
    inside.world.anybody().sign_in(&email, PASSWORD).await
}

#[tokio::test]
async fn o10_no_job_deletes_what_was_sold() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let sold = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    let sold = inside.world.settle(&ann, &sold).await;
    let refunded = inside.cinema.reserve(&ann, 2..3, "tok_ok").await;
    let refunded = inside.world.settle(&ann, &refunded).await;
    let cancel = format!("/reservations/{}/cancel", text(&refunded, "id"));
    ann.act(&cancel).await.expect(200);
    let refunded = inside.world.settle(&ann, &refunded).await;
    run_all_jobs(&inside).await;
    let before = inside.world.store.audit();
    assert!(before.events.len() >= 6, "{:?}", before.events);

    for days in [2, 40, 400] {
        inside.world.clock.advance(Duration::from_hours(24 * days));
        run_all_jobs(&inside).await;
    }

    let after = inside.world.store.audit();
    assert_eq!(after.bookings, before.bookings);
    assert_eq!(after.seats, before.seats);
    assert_eq!(after.owners, before.owners);
    assert_eq!(after.events, before.events);
    assert_eq!(after.answers, before.answers);
    let ann = again(&inside, "ann").await;
    let mine = ann.get("/reservations").await.expect(200).json();
    assert_eq!(mine["items"], json!([refunded, sold]));
    assert_eq!(inside.counts().await, json!({"available": 8, "held": 0, "sold": 2}));
    inside.check();
}

#[tokio::test]
async fn o10_what_is_not_paid_in_time_expires_and_frees_its_seats() {
    let inside = Insides::open().await;
    let (ann, bob) = (inside.world.person("ann").await, inside.world.person("bob").await);
    let unpaid = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    let expiry = inside.world.milo.jobs().reservation_expiry();

    inside
        .world
        .clock
        .advance(Duration::from_mins(10) - Duration::from_secs(1));
    inside.run(expiry.clone()).await;
    let path = format!("/reservations/{}", text(&unpaid, "id"));
    let ann = ann.sign_in("ann@example.org", PASSWORD).await;
    assert_eq!(ann.get(&path).await.expect(200).json()["status"], "pending_payment");

    inside.world.clock.advance(Duration::from_secs(1));
    inside.run(expiry).await;
    assert_eq!(ann.get(&path).await.expect(200).json()["status"], "expired");
    assert_eq!(inside.counts().await, json!({"available": 10, "held": 0, "sold": 0}));
    let bob = bob.sign_in("bob@example.org", PASSWORD).await;
    inside.cinema.reserve(&bob, 0..2, "tok_ok").await;
    run_all_jobs(&inside).await;
    assert_eq!(
        ann.get(&path).await.expect(200).json()["status"],
        "expired",
        "the payment never began"
    );
    inside.check();
}

#[tokio::test]
async fn o15_what_has_reservations_is_not_deleted() {
    let inside = Insides::open().await;
    let (admin, ann) = (&inside.admin, inside.world.person("ann").await);
    let cinema = &inside.cinema;
    let sold = cinema.reserve(&ann, 0..2, "tok_ok").await;
    let sold = inside.world.settle(&ann, &sold).await;
    let before = inside.world.store.audit();
    let addresses = [
        format!("/movies/{}", cinema.movie),
        format!("/theaters/{}", cinema.theater),
        format!("/screens/{}", cinema.screen),
    ];

    for address in &addresses {
        admin.delete(address).await.expect_problem(409, "in-use");
        admin.get(address).await.expect(200);
    }
    // A showtime can be cancelled, never deleted; nor can a user or a reservation.
    let showtime = format!("/showtimes/{}", cinema.showtime);
    let reservation = format!("/reservations/{}", text(&sold, "id"));
    for address in [&showtime, &reservation, &"/users/me".to_owned()] {
        admin.delete(address).await.expect(405);
        ann.delete(address).await.expect(405);
    }

    // Also when nothing is sold any more, and long after.
    ann.act(&format!("{reservation}/cancel")).await.expect(200);
    let cancelled = inside.world.settle(&ann, &sold).await;
    assert_eq!(cancelled["status"], "cancelled");
    inside.world.clock.advance(Duration::from_hours(24 * 30));
    let admin = inside.world.admin().await;
    for address in &addresses {
        admin.delete(address).await.expect_problem(409, "in-use");
    }
    let ann = again(&inside, "ann").await;
    assert_eq!(ann.get(&reservation).await.expect(200).json(), cancelled);
    let after = inside.world.store.audit();
    assert_eq!(after.seats.len(), before.seats.len());
    assert!(after.events.starts_with(&before.events));
    inside.check();
}

#[tokio::test]
async fn o15_what_was_never_reserved_can_be_deleted() {
    let inside = Insides::open().await;
    let admin = &inside.admin;
    let film = admin.post("/movies", &movie("Nobody Came")).await.expect(201).id();
    let house = admin.post("/theaters", &theater("Empty")).await.expect(201).id();
    let screens = format!("/theaters/{house}/screens");
    let screen = admin
        .post(&screens, &json!({"name": "Screen 1"}))
        .await
        .expect(201)
        .id();
    let plan = json!({"rows": [{"label": "A", "pattern": "RRPP"}]});
    admin.put(&format!("/screens/{screen}/layout"), &plan).await.expect(200);
    let when = inside.world.after(Duration::from_hours(3));
    let showtimes = showtime(&film, &screen, &when);
    admin.post("/showtimes", &showtimes).await.expect(201);

    for address in [
        format!("/movies/{film}"),
        format!("/screens/{screen}"),
        format!("/theaters/{house}"),
    ] {
        admin.delete(&address).await.expect(204);
        admin.get(&address).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn o15_a_cancelled_showtime_keeps_its_reservations() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let sold = inside.cinema.reserve(&ann, 0..2, "tok_ok").await;
    inside.world.settle(&ann, &sold).await;
    let before = inside.world.store.audit();

    let cancel = format!("/showtimes/{}/cancel", inside.cinema.showtime);
    inside.admin.act(&cancel).await.expect(200);
    // The first turn finds what is stranded; its refund follows.
    inside.world.turn().await;
    let seen = inside.world.settle(&ann, &sold).await;

    assert_eq!(seen["status"], "cancelled");
    assert_eq!(seen["payment"]["status"], "refunded");
    let after = inside.world.store.audit();
    assert_eq!(after.bookings.len(), 1);
    assert_eq!(after.seats.len(), 2);
    assert!(after.events.starts_with(&before.events));
    inside.check();
}
