//! Films, theaters, screens and layouts.

use serde_json::{Value, json};

use crate::support::{Cinema, World, movie, text, theater};

#[tokio::test]
async fn a_film_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let answer = admin.post("/movies", &movie("The Long Take")).await.expect(201);
    let made = answer.json();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1/movies/{}", text(&made, "id")).as_str())
    );
    assert_eq!(
        made,
        json!({
            "id": made["id"], "title": "The Long Take", "description": "A heist in one shot.", "genres": ["Thriller"],
            "duration_minutes": 100, "rating": "PG-13", "language": "English", "release_date": "2026-12-01",
            "end_date": null, "poster_url": null, "backdrop_url": null, "trailer_url": null,
            "reviews": {"count": 0, "average": null},
        })
    );
    let read = world
        .anybody()
        .get(&format!("/movies/{}", text(&made, "id")))
        .await
        .expect(200);
    assert_eq!(read.json(), made);
    assert_eq!(read.header("cache-control"), Some("no-cache"));
    world.close().await;
}

#[tokio::test]
async fn every_bad_field_of_a_film_is_told_at_once() {
    let world = World::open().await;
    let admin = world.admin().await;
    let body = json!({
        "title": "", "genres": [], "duration_minutes": 0, "rating": "x".repeat(17), "language": "", "release_date": "soon",
        "end_date": "2026-02-30", "poster_url": "javascript:alert(1)", "trailer_url": "ftp://example.org",
    });
    admin.post("/movies", &body).await.expect_flaws(&[
        ("title", "empty"),
        ("genres", "empty"),
        ("duration_minutes", "out_of_range"),
        ("rating", "too_long"),
        ("language", "empty"),
        ("release_date", "invalid_date"),
        ("end_date", "invalid_date"),
        ("poster_url", "invalid_url"),
        ("trailer_url", "invalid_url"),
    ]);
    let mut early = movie("x");
    early["end_date"] = json!("2026-11-30");
    early["genres"] = json!(["Drama", ""]);
    admin
        .post("/movies", &early)
        .await
        .expect_flaws(&[("genres[1]", "empty")]);
    early["genres"] = json!(["Drama", "drama"]);
    admin
        .post("/movies", &early)
        .await
        .expect_flaws(&[("genres", "duplicate")]);
    early["genres"] = json!(["Drama"]);
    admin
        .post("/movies", &early)
        .await
        .expect_flaws(&[("end_date", "before_release_date")]);
    world.close().await;
}

#[tokio::test]
async fn a_patch_keeps_what_it_does_not_name_and_clears_what_it_nulls() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mut body = movie("The Long Take");
    body["end_date"] = json!("2027-03-01");
    body["poster_url"] = json!("https://example.org/poster.jpg");
    let made = admin.post("/movies", &body).await.expect(201).json();
    let path = format!("/movies/{}", text(&made, "id"));

    assert_eq!(admin.patch(&path, &json!({})).await.expect(200).json(), made);
    let patch = json!({"end_date": null, "rating": null, "title": "Longer", "genres": ["Drama", "Crime"]});
    let mut expected = made.clone();
    for (field, value) in patch.as_object().unwrap() {
        expected[field] = value.clone();
    }
    assert_eq!(admin.patch(&path, &patch).await.expect(200).json(), expected);
    assert_eq!(world.anybody().get(&path).await.expect(200).json(), expected);

    admin
        .patch(&path, &json!({"title": null}))
        .await
        .expect_flaws(&[("title", "wrong_type")]);
    admin
        .patch(&path, &json!({"end_date": "2020-01-01"}))
        .await
        .expect_flaws(&[("end_date", "before_release_date")]);
    admin
        .patch(&path, &json!({"reviews": {}}))
        .await
        .expect_flaws(&[("reviews", "unknown_field")]);
    assert_eq!(world.anybody().get(&path).await.expect(200).json(), expected);
    world.close().await;
}

#[tokio::test]
async fn films_are_found_by_genre_language_day_and_words() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let mut other = movie("Quiet Harbour");
    other["genres"] = json!(["Drama"]);
    other["language"] = json!("German");
    admin.post("/movies", &other).await.expect(201);
    let titles = async |query: &str| -> Vec<String> {
        let list = world
            .anybody()
            .get(&format!("/movies?{query}"))
            .await
            .expect(200)
            .json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(item, "title"))
            .collect()
    };
    assert_eq!(titles("").await, ["Quiet Harbour", "The Long Take"]);
    assert_eq!(titles("genre=thriller").await, ["The Long Take"]);
    assert_eq!(titles("language=german").await, ["Quiet Harbour"]);
    assert_eq!(titles("q=long%20take").await, ["The Long Take"]);
    assert_eq!(titles("genre=drama&language=english").await, Vec::<String>::new());
    let showtime = world
        .anybody()
        .get(&format!("/showtimes/{}", cinema.showtime))
        .await
        .expect(200)
        .json();
    let day = text(&showtime, "starts_at")[..10].to_owned();
    assert_eq!(titles(&format!("showing_on={day}")).await, ["The Long Take"]);
    assert_eq!(titles("showing_on=2030-01-01").await, Vec::<String>::new());
    world.close().await;
}

#[tokio::test]
async fn a_theater_has_exactly_these_fields_and_is_found_by_them() {
    let world = World::open().await;
    let admin = world.admin().await;
    let made = admin.post("/theaters", &theater("Lumen")).await.expect(201).json();
    assert_eq!(
        made,
        json!({
            "id": made["id"], "name": "Lumen", "address": "1 Main Street", "city": "Springfield", "state": "Illinois",
            "postal_code": "62701", "time_zone": "America/Chicago", "is_active": true,
        })
    );
    let path = format!("/theaters/{}", text(&made, "id"));
    let closed = admin
        .patch(&path, &json!({"is_active": false}))
        .await
        .expect(200)
        .json();
    assert_eq!(closed["is_active"], false);
    let found = async |query: &str| {
        let list = world
            .anybody()
            .get(&format!("/theaters?{query}"))
            .await
            .expect(200)
            .json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!(found("city=springfield&state=ILLINOIS").await, 1);
    assert_eq!(found("city=Berlin").await, 0);
    assert_eq!(found("active=true").await, 0);
    assert_eq!(found("active=false").await, 1);
    world
        .anybody()
        .get("/theaters?active=1")
        .await
        .expect_flaws(&[("active", "wrong_type")]);
    let mut nowhere = theater("x");
    nowhere["time_zone"] = json!("Mars/Olympus");
    admin
        .post("/theaters", &nowhere)
        .await
        .expect_flaws(&[("time_zone", "invalid_time_zone")]);
    admin.delete(&path).await.expect(204);
    world.anybody().get(&path).await.expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_screen_has_exactly_these_fields() {
    let world = World::open().await;
    let admin = world.admin().await;
    let theater = admin.post("/theaters", &theater("Lumen")).await.expect(201).id();
    let screens = format!("/theaters/{theater}/screens");
    for kind in ["regular", "imax", "three_d"] {
        let made = admin
            .post(&screens, &json!({"name": kind, "kind": kind}))
            .await
            .expect(201)
            .json();
        let expected = json!({
            "id": made["id"], "theater_id": theater, "name": kind, "kind": kind, "capacity": 0, "is_active": true,
        });
        assert_eq!(made, expected);
    }
    admin
        .post(&screens, &json!({"name": "x", "kind": "4d"}))
        .await
        .expect_flaws(&[("kind", "unknown_value")]);
    let list = world.anybody().get(&screens).await.expect(200).json();
    let names: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["imax", "regular", "three_d"]);
    let nowhere = "/theaters/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/screens";
    world.anybody().get(nowhere).await.expect_problem(404, "not-found");
    admin
        .post(nowhere, &json!({"name": "x"}))
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

fn seats(layout: &Value) -> Vec<(String, String, u64, u64, String)> {
    let rows = layout["rows"].as_array().unwrap();
    let seats = rows.iter().flat_map(|row| row["seats"].as_array().unwrap());
    let number = |seat: &Value, field: &str| seat[field].as_u64().unwrap();
    seats
        .map(|seat| {
            (
                text(seat, "id"),
                text(seat, "row"),
                number(seat, "number"),
                number(seat, "column"),
                text(seat, "kind"),
            )
        })
        .collect()
}

#[tokio::test]
async fn seats_are_numbered_without_gaps_and_keep_their_ids() {
    let world = World::open().await;
    let admin = world.admin().await;
    let theater = admin.post("/theaters", &theater("Lumen")).await.expect(201).id();
    let screen = admin
        .post(&format!("/theaters/{theater}/screens"), &json!({"name": "1"}))
        .await
        .expect(201)
        .id();
    let path = format!("/screens/{screen}/layout");
    assert_eq!(world.anybody().get(&path).await.expect(200).json()["rows"], json!([]));

    let plan = json!({"rows": [{"label": "A", "pattern": "R_P"}, {"label": "B", "pattern": "_LWC"}]});
    let first = admin.put(&path, &plan).await.expect(200).json();
    assert_eq!(first["rows"][0]["label"], "A");
    assert_eq!(first["rows"][0]["pattern"], "R_P");
    let drawn: Vec<_> = seats(&first)
        .into_iter()
        .map(|(_, row, number, column, kind)| (row, number, column, kind))
        .collect();
    let expected = [
        ("A", 1, 1, "regular"),
        ("A", 2, 3, "premium"),
        ("B", 1, 2, "recliner"),
        ("B", 2, 3, "wheelchair"),
        ("B", 3, 4, "companion"),
    ];
    let expected: Vec<_> = expected
        .map(|(row, number, column, kind)| (row.to_owned(), number, column, kind.to_owned()))
        .into();
    assert_eq!(drawn, expected);
    let screen = world
        .anybody()
        .get(&format!("/screens/{screen}"))
        .await
        .expect(200)
        .json();
    assert_eq!(screen["capacity"], 5);

    let moved = json!({"rows": [{"label": "B", "pattern": "LWC"}, {"label": "A", "pattern": "RR"}]});
    let second = admin.put(&path, &moved).await.expect(200).json();
    let (before, after) = (seats(&first), seats(&second));
    assert_eq!(
        after[..3].iter().map(|seat| &seat.0).collect::<Vec<_>>(),
        before[2..].iter().map(|seat| &seat.0).collect::<Vec<_>>()
    );
    assert_eq!(after[3].0, before[0].0);
    assert_ne!(after[4].0, before[1].0, "another kind of seat is another seat");
    assert_eq!(world.anybody().get(&path).await.expect(200).json(), second);
    world.close().await;
}

#[tokio::test]
async fn a_layout_that_cannot_be_is_told_row_by_row() {
    let world = World::open().await;
    let admin = world.admin().await;
    let path = "/screens/0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11/layout";
    let rows = json!({"rows": [{"label": "a", "pattern": "R"}, {"label": "B", "pattern": "RX"}, {"label": "C", "pattern": "__"}]});
    admin.put(path, &rows).await.expect_flaws(&[
        ("rows[0].label", "invalid_label"),
        ("rows[1].pattern", "unknown_letter"),
        ("rows[2].pattern", "no_seats"),
    ]);
    admin
        .put(path, &json!({"rows": []}))
        .await
        .expect_flaws(&[("rows", "empty")]);
    let twice = json!({"rows": [{"label": "A", "pattern": "R"}, {"label": "A", "pattern": "R"}]});
    admin
        .put(path, &twice)
        .await
        .expect_flaws(&[("rows", "duplicate_label")]);
    admin
        .put(path, &json!({"rows": [{"label": "A", "pattern": "R"}]}))
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn a_seat_that_is_held_or_sold_cannot_vanish() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let path = format!("/screens/{}/layout", cinema.screen);
    let without_premium = json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}]});
    let hold = cinema.hold(&ann, 8..9).await;
    let problem = admin
        .put(&path, &without_premium)
        .await
        .expect_problem(409, "seats-in-use");
    assert_eq!(problem["seat_ids"], json!([cinema.seats[8]]));
    ann.delete(&format!("/holds/{}", text(&hold, "id"))).await.expect(204);
    let reservation = cinema.reserve(&ann, 9..10, "tok_ok").await;
    let problem = admin
        .put(&path, &without_premium)
        .await
        .expect_problem(409, "seats-in-use");
    assert_eq!(problem["seat_ids"], json!([cinema.seats[9]]));
    ann.act(&format!("/reservations/{}/cancel", text(&reservation, "id")))
        .await
        .expect(200);
    admin.put(&path, &without_premium).await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn what_has_reservations_is_never_deleted() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let reservation = cinema.reserve(&ann, 0..1, "tok_ok").await;
    ann.act(&format!("/reservations/{}/cancel", text(&reservation, "id")))
        .await
        .expect(200);
    for path in [
        format!("/movies/{}", cinema.movie),
        format!("/theaters/{}", cinema.theater),
        format!("/screens/{}", cinema.screen),
    ] {
        admin.delete(&path).await.expect_problem(409, "in-use");
        world.anybody().get(&path).await.expect(200);
    }
    world.close().await;
}
