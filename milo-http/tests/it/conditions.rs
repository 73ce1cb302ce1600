//! Entity tags: what a client has already, and what it has not seen.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Cinema, Client, World};

#[tokio::test]
async fn every_read_of_the_catalogue_answers_304_to_who_has_it() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let anybody = world.anybody();
    let reads = [
        "/movies".to_owned(),
        format!("/movies/{}", cinema.movie),
        format!("/movies/{}/showtimes", cinema.movie),
        format!("/movies/{}/reviews", cinema.movie),
        "/theaters".to_owned(),
        format!("/theaters/{}", cinema.theater),
        format!("/theaters/{}/screens", cinema.theater),
        format!("/screens/{}", cinema.screen),
        format!("/screens/{}/layout", cinema.screen),
        format!("/screens/{}/showtimes", cinema.screen),
        "/showtimes".to_owned(),
        format!("/showtimes/{}", cinema.showtime),
        cinema.map(),
    ];
    for path in reads {
        let first = anybody.get(&path).await.expect(200);
        let tag = first.tag();
        for list in [
            tag.clone(),
            format!("\"other\", W/{}", tag.trim_start_matches("W/")),
            "*".to_owned(),
        ] {
            let again = anybody.with("if-none-match", &list).get(&path).await.expect(304);
            assert!(again.body.is_empty(), "{path}");
            assert_eq!(again.tag(), tag, "{path}");
        }
        anybody.with("if-none-match", "\"other\"").get(&path).await.expect(200);
    }
    world.close().await;
}

#[tokio::test]
async fn a_seat_map_is_the_same_until_a_seat_changes_whatever_the_time() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let before = bob.get(&cinema.map()).await.expect(200);
    world.clock.advance(std::time::Duration::from_secs(1));
    bob.with("if-none-match", &before.tag())
        .get(&cinema.map())
        .await
        .expect(304);
    cinema.hold(&ann, 0..1).await;
    let after = bob
        .with("if-none-match", &before.tag())
        .get(&cinema.map())
        .await
        .expect(200);
    assert_ne!(after.json()["version"], before.json()["version"]);
    assert_ne!(
        ann.get(&cinema.map()).await.expect(200).tag(),
        after.tag(),
        "ann sees her own seat"
    );
    assert_eq!(after.header("vary"), Some("authorization"));
    assert_eq!(after.header("cache-control"), Some("private, no-cache"));
    world.close().await;
}

/// Something of the catalogue that may be changed, and a change.
async fn things(world: &World, admin: &Client) -> Vec<(Method, String, String, Option<Value>)> {
    let cinema = Cinema::open(world, admin).await;
    let movie = format!("/movies/{}", cinema.movie);
    let theater = format!("/theaters/{}", cinema.theater);
    let screen = format!("/screens/{}", cinema.screen);
    let layout = format!("{screen}/layout");
    let showtime = format!("/showtimes/{}", cinema.showtime);
    let prices = json!({"prices": {"premium": {"amount": 1, "currency": "USD"}}});
    let plan = json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PPP"}]});
    vec![
        (
            Method::PATCH,
            movie.clone(),
            movie.clone(),
            Some(json!({"title": "Another"})),
        ),
        (
            Method::PATCH,
            theater.clone(),
            theater.clone(),
            Some(json!({"name": "Another"})),
        ),
        (
            Method::PATCH,
            screen.clone(),
            screen.clone(),
            Some(json!({"name": "Another"})),
        ),
        (Method::PUT, layout.clone(), layout, Some(plan)),
        (Method::PATCH, showtime.clone(), showtime.clone(), Some(prices)),
        (Method::POST, format!("{showtime}/cancel"), showtime, None),
        (Method::DELETE, screen.clone(), screen, None),
        (Method::DELETE, theater.clone(), theater, None),
        (Method::DELETE, movie.clone(), movie, None),
    ]
}

#[tokio::test]
async fn a_change_of_something_that_has_changed_is_refused() {
    let world = World::open().await;
    let admin = world.admin().await;
    for (method, address, read, body) in things(&world, &admin).await {
        let tag = admin.get(&read).await.expect(200).tag();
        for stale in [
            "\"other\"".to_owned(),
            format!("W/{tag}"),
            tag.trim_matches('"').to_owned(),
        ] {
            let late = admin.with("if-match", &stale);
            late.send(method.clone(), &address, body.as_ref())
                .await
                .expect_problem(412, "precondition-failed");
        }
        assert_eq!(
            admin.get(&read).await.expect(200).tag(),
            tag,
            "{address}: nothing happened"
        );
        let seen = admin.with("if-match", &format!("\"other\", {tag}"));
        let answer = seen.send(method.clone(), &address, body.as_ref()).await;
        assert!(answer.status.is_success(), "{method} {address}: {}", answer.text());
        if method == Method::PATCH || method == Method::PUT {
            assert_ne!(answer.tag(), tag, "{address}");
            assert_eq!(answer.tag(), admin.get(&read).await.expect(200).tag(), "{address}");
        }
    }
    world.close().await;
}

#[tokio::test]
async fn any_tag_matches_what_is_there_and_nothing_else() {
    let world = World::open().await;
    let admin = world.admin().await;
    let any = admin.with("if-match", "*");
    for (method, address, read, body) in things(&world, &admin).await {
        let answer = any.send(method.clone(), &address, body.as_ref()).await;
        assert!(answer.status.is_success(), "{method} {address}: {}", answer.text());
        if method == Method::DELETE {
            any.send(method, &address, None).await.expect_problem(404, "not-found");
            admin.get(&read).await.expect_problem(404, "not-found");
        }
    }
    world.close().await;
}

#[tokio::test]
async fn of_two_changes_that_stand_on_the_same_tag_one_wins() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let path = format!("/movies/{}", cinema.movie);
    let seen = admin.with("if-match", &admin.get(&path).await.expect(200).tag());
    let (one, other) = (json!({"title": "One"}), json!({"title": "Other"}));
    let (one, other) = tokio::join!(seen.patch(&path, &one), seen.patch(&path, &other));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    world.close().await;
}

#[tokio::test]
async fn what_was_made_is_tagged_like_what_is_read() {
    let world = World::open().await;
    let admin = world.admin().await;
    let made = admin.post("/movies", &crate::support::movie("x")).await.expect(201);
    let location = made
        .header("location")
        .unwrap()
        .strip_prefix("/api/v1")
        .unwrap()
        .to_owned();
    assert_eq!(admin.get(&location).await.expect(200).tag(), made.tag());
    world.close().await;
}
