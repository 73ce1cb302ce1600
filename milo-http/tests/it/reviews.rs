//! Reviews.

use std::time::Duration;

use serde_json::json;

use crate::support::{Cinema, Client, PASSWORD, World};

/// Ann and Bob have seen the film, Eve has not.
async fn after_the_film(world: &World) -> (Cinema, Client, Client, Client, Client) {
    let admin = world.admin().await;
    let cinema = Cinema::open(world, &admin).await;
    for (index, name) in ["ann", "bob"].into_iter().enumerate() {
        let buyer = world.person(name).await;
        let made = cinema.reserve(&buyer, index..index + 1, "tok_ok").await;
        assert_eq!(world.settle(&buyer, &made).await["status"], "confirmed");
    }
    world.person("eve").await;
    world.clock.advance(Duration::from_hours(24));
    let sign_in = async |name: &str| world.anybody().sign_in(&format!("{name}@example.org"), PASSWORD).await;
    (
        cinema,
        sign_in("ann").await,
        sign_in("bob").await,
        sign_in("eve").await,
        sign_in("admin").await,
    )
}

#[tokio::test]
async fn a_review_has_exactly_these_fields() {
    let world = World::open().await;
    let (cinema, ann, ..) = after_the_film(&world).await;
    let reviews = format!("/movies/{}/reviews", cinema.movie);
    let made = ann
        .post(&reviews, &json!({"rating": 4, "text": "Good.\nReally."}))
        .await
        .expect(201)
        .json();
    let me = ann.get("/users/me").await.expect(200).json();
    let expected = json!({
        "id": made["id"], "movie_id": cinema.movie, "author": {"id": me["id"], "display_name": "ann"}, "rating": 4,
        "text": "Good.\nReally.", "created_at": made["created_at"], "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let list = json!({"items": [made], "next_cursor": null});
    assert_eq!(world.anybody().get(&reviews).await.expect(200).json(), list);
    assert_eq!(ann.get("/users/me/reviews").await.expect(200).json(), list);
    world.close().await;
}

#[tokio::test]
async fn only_who_has_seen_the_film_reviews_it_and_once() {
    let world = World::open().await;
    let (cinema, ann, _, eve, admin) = after_the_film(&world).await;
    let reviews = format!("/movies/{}/reviews", cinema.movie);
    let review = json!({"rating": 5, "text": "Yes."});
    eve.post(&reviews, &review).await.expect_problem(403, "not-watched");
    admin.post(&reviews, &review).await.expect_problem(403, "not-watched");
    ann.post(&reviews, &review).await.expect(201);
    ann.post(&reviews, &review)
        .await
        .expect_problem(409, "already-reviewed");
    for (body, field, code) in [
        (json!({"rating": 0, "text": "x"}), "rating", "out_of_range"),
        (json!({"rating": 6, "text": "x"}), "rating", "out_of_range"),
        (json!({"rating": -7, "text": "x"}), "rating", "out_of_range"),
        (json!({"rating": 4.5, "text": "x"}), "rating", "wrong_type"),
        (json!({"rating": 4, "text": " "}), "text", "empty"),
    ] {
        ann.post(&reviews, &body).await.expect_flaws(&[(field, code)]);
    }
    let nowhere = "/movies/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/reviews";
    ann.post(nowhere, &review).await.expect_problem(404, "not-found");
    ann.get(nowhere).await.expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_review_is_its_authors_to_change_and_an_administrators_to_remove() {
    let world = World::open().await;
    let (cinema, ann, bob, eve, admin) = after_the_film(&world).await;
    let reviews = format!("/movies/{}/reviews", cinema.movie);
    let anns = format!(
        "/reviews/{}",
        ann.post(&reviews, &json!({"rating": 5, "text": "Yes."}))
            .await
            .expect(201)
            .id()
    );
    let bobs = format!(
        "/reviews/{}",
        bob.post(&reviews, &json!({"rating": 2, "text": "No."}))
            .await
            .expect(201)
            .id()
    );
    let summary = async || {
        world
            .anybody()
            .get(&format!("/movies/{}", cinema.movie))
            .await
            .expect(200)
            .json()["reviews"]
            .clone()
    };
    assert_eq!(summary().await, json!({"count": 2, "average": 3.5}));

    for other in [&bob, &eve, &admin] {
        other
            .patch(&anns, &json!({"rating": 1}))
            .await
            .expect_problem(403, "forbidden");
    }
    eve.delete(&anns).await.expect_problem(403, "forbidden");
    world.clock.advance(Duration::from_secs(1));
    let changed = ann.patch(&anns, &json!({"rating": 4})).await.expect(200).json();
    assert_eq!(
        (changed["rating"].as_u64(), changed["text"].as_str()),
        (Some(4), Some("Yes."))
    );
    assert_ne!(changed["updated_at"], changed["created_at"]);
    ann.patch(&anns, &json!({"text": null}))
        .await
        .expect_flaws(&[("text", "wrong_type")]);
    assert_eq!(summary().await, json!({"count": 2, "average": 3.0}));

    admin.delete(&bobs).await.expect(204);
    ann.delete(&anns).await.expect(204);
    ann.delete(&anns).await.expect_problem(404, "not-found");
    ann.patch(&anns, &json!({})).await.expect_problem(404, "not-found");
    assert_eq!(summary().await, json!({"count": 0, "average": null}));
    let list = ann.get("/users/me/reviews").await.expect(200).json();
    assert_eq!(list, json!({"items": [], "next_cursor": null}));
    world.close().await;
}
