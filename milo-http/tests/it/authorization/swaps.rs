//! Somebody else's ids, cursors and keys, and ids of other things, in every place that takes one.

use reqwest::Method;
use serde_json::json;

use crate::support::{Access, Scene, inventory, text};

/// An id of each kind of thing.
async fn ids(scene: &Scene) -> Vec<(&'static str, String)> {
    let reservation = format!("/reservations/{}", scene.reservation);
    let reservation = scene.ann.get(&reservation).await.expect(200).json();
    let cinema = &scene.cinema;
    vec![
        ("movies", cinema.movie.clone()),
        ("theaters", cinema.theater.clone()),
        ("screens", cinema.screen.clone()),
        ("showtimes", cinema.showtime.clone()),
        ("seats", cinema.seats[0].clone()),
        ("holds", scene.hold.clone()),
        ("reservations", scene.reservation.clone()),
        ("payments", text(&reservation["payment"], "id")),
        ("reviews", scene.review.clone()),
        ("dead-letters", scene.letter.clone()),
        ("users", scene.ann.get("/users/me").await.expect(200).id()),
        ("nothing", "00000000-0000-0000-0000-000000000000".to_owned()),
        ("everything", "ffffffff-ffff-ffff-ffff-ffffffffffff".to_owned()),
    ]
}

#[tokio::test]
async fn an_id_of_another_kind_of_thing_names_nothing_in_any_path() {
    let scene = Scene::open().await;
    let ids = ids(&scene).await;
    let before = scene.written();
    let mut tried = 0;
    for (row, operation) in inventory() {
        let Some((collection, rest)) = operation.path.split_once("/{id}") else {
            continue;
        };
        let kind = collection.rsplit('/').next().unwrap();
        let base = collection.strip_prefix("/api/v1").unwrap();
        let body = row.request(&scene).body;
        for (other, id) in &ids {
            if *other == kind {
                continue;
            }
            let path = format!("{base}/{id}{rest}");
            let answer = row.rightful(&scene).send(row.method(), &path, body.as_ref()).await;
            answer.expect_problem(404, "not-found");
            assert!(
                before == scene.written(),
                "{} with an id of {other} did something",
                row.operation
            );
            tried += 1;
        }
    }
    assert!(tried > 300, "only {tried} ids were tried");
    scene.world.close().await;
}

#[tokio::test]
async fn a_cursor_of_somebody_else_shows_nothing_of_his() {
    let scene = Scene::open().await;
    scene.cinema.reserve(&scene.ann, 8..9, "tok_ok").await;
    let first = scene.ann.get("/reservations?limit=1").await.expect(200).json();
    let cursor = text(&first, "next_cursor");
    let of_ann = scene
        .ann
        .get(&format!("/reservations?cursor={cursor}"))
        .await
        .expect(200)
        .json();
    assert!(!of_ann["items"].as_array().unwrap().is_empty(), "{of_ann}");
    for other in [&scene.eve, &scene.admin] {
        let page = other
            .get(&format!("/reservations?cursor={cursor}"))
            .await
            .expect(200)
            .json();
        assert_eq!(page, json!({"items": [], "next_cursor": null}));
        let page = other
            .get(&format!("/users/me/reviews?cursor={cursor}"))
            .await
            .expect(200)
            .json();
        assert_eq!(page, json!({"items": [], "next_cursor": null}));
    }
    scene.world.close().await;
}

#[tokio::test]
async fn an_idempotency_key_of_somebody_else_shows_nothing_of_his() {
    let key = |client: &crate::support::Client| client.with("idempotency-key", "a-key-that-both-have");
    for (row, _) in inventory() {
        let is_keyed = row.access == Access::User && row.method() == Method::POST;
        if !is_keyed || row.operation.ends_with("/auth/logout") {
            continue;
        }
        let scene = Scene::open().await;
        let request = row.request(&scene);
        let owner = (row.owner)(&scene);
        let done = key(owner)
            .send(Method::POST, &request.path, request.body.as_ref())
            .await;
        let done = done.expect(row.status).json();
        let repeated = key(&scene.eve)
            .send(Method::POST, &request.path, request.body.as_ref())
            .await;
        let told = repeated.text();
        assert!(
            !told.contains(done["id"].as_str().unwrap()),
            "{}: {told}",
            row.operation
        );
        assert_eq!(repeated.header("idempotent-replayed"), None, "{}", row.operation);
        assert!(repeated.status.is_client_error(), "{}: {told}", row.operation);
        scene.world.close().await;
    }
}

#[tokio::test]
async fn seats_that_somebody_holds_or_has_are_refused_without_a_word_about_him() {
    let scene = Scene::open().await;
    let before = scene.written();
    let card = json!({"kind": "credit_card", "token": "tok_ok"});
    for seats in [
        &scene.cinema.seats[..1],
        &scene.cinema.seats[1..2],
        &scene.cinema.seats[..2],
    ] {
        let hold = json!({"seat_ids": seats});
        let direct = json!({"showtime_id": scene.cinema.showtime, "seat_ids": seats, "payment_method": card});
        for (path, body) in [(scene.cinema.holds(), hold), ("/reservations".to_owned(), direct)] {
            let problem = scene
                .eve
                .post(&path, &body)
                .await
                .expect_problem(409, "seats-unavailable");
            assert_eq!(problem["unavailable_seat_ids"], json!(seats), "{problem}");
            let told = problem.to_string();
            for secret in [&scene.hold, &scene.reservation, "ann"] {
                assert!(!told.contains(secret), "{told}");
            }
        }
    }
    assert!(before == scene.written(), "a refusal did something");
    scene.world.close().await;
}
