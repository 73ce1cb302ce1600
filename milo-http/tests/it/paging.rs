//! Lists, page by page.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Cinema, Client, World, movie, showtime, theater};

async fn pages(client: &Client, path: &str, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("{path}?limit={limit}{cursor}"))
            .await
            .expect(200)
            .json();
        let fields: Vec<&String> = page.as_object().unwrap().keys().collect();
        assert_eq!(fields.len(), 2, "{fields:?}");
        pages.push(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn every_list_gives_each_item_once_in_pages_of_any_size() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    for index in 0..4 {
        // The same titles and names again: ids break ties.
        admin.post("/movies", &movie(["B", "A"][index % 2])).await.expect(201);
        admin.post("/theaters", &theater("Same")).await.expect(201);
        admin
            .post(
                &format!("/theaters/{}/screens", cinema.theater),
                &json!({"name": "Same"}),
            )
            .await
            .expect(201);
        let later = showtime(
            &cinema.movie,
            &cinema.screen,
            &world.after(Duration::from_hours(24 * (index as u64 + 2))),
        );
        admin.post("/showtimes", &later).await.expect(201);
        cinema.reserve(&ann, index..index + 1, "tok_ok").await;
    }
    let lists = [
        ("/movies".to_owned(), 5),
        ("/theaters".to_owned(), 5),
        (format!("/theaters/{}/screens", cinema.theater), 5),
        ("/showtimes".to_owned(), 5),
        (format!("/movies/{}/showtimes", cinema.movie), 5),
        (format!("/screens/{}/showtimes", cinema.screen), 5),
        ("/reservations".to_owned(), 4),
    ];
    for (path, count) in lists {
        let whole = pages(&ann, &path, 200).await;
        assert_eq!(whole.len(), 1, "{path}");
        assert_eq!(whole[0].len(), count, "{path}");
        for limit in 1..=count {
            let pages = pages(&ann, &path, limit).await;
            assert_eq!(pages.len(), count.div_ceil(limit), "{path} by {limit}");
            assert_eq!(pages.concat(), whole[0], "{path} by {limit}");
        }
    }
    world.close().await;
}

#[tokio::test]
async fn a_page_has_fifty_items_unless_somebody_says_otherwise() {
    let world = World::open().await;
    let admin = world.admin().await;
    for index in 0..51 {
        admin
            .post("/theaters", &theater(&format!("T{index}")))
            .await
            .expect(201);
    }
    let page = admin.get("/theaters").await.expect(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 50);
    for (query, field, code) in [
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=x", "limit", "wrong_type"),
        ("limit=", "limit", "wrong_type"),
        ("cursor=x", "cursor", "invalid_cursor"),
        ("cursor=", "cursor", "invalid_cursor"),
    ] {
        admin
            .get(&format!("/theaters?{query}"))
            .await
            .expect_flaws(&[(field, code)]);
    }
    world.close().await;
}

#[tokio::test]
async fn reservations_and_reviews_come_newest_first() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let mut made = Vec::new();
    for seat in 0..3 {
        world.clock.advance(Duration::from_secs(1));
        made.push(cinema.reserve(&ann, seat..seat + 1, "tok_ok").await);
    }
    made.reverse();
    assert_eq!(pages(&ann, "/reservations", 2).await.concat(), made);
    world.close().await;
}
