//! The cached catalogue shows what is asked for, as it is now.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::CachedCatalog;
use milo_adapters::memory::MemoryCache;
use milo_core::conformance::samples;
use milo_core::domain::{MovieId, ScreenId};
use milo_core::ports::Catalog;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Cinema, Client, World, showtime, text};

async fn cached() -> World {
    World::with(
        |ports| {
            let cache = Arc::new(MemoryCache::new(ports.clock.clone()));
            ports.catalog = Arc::new(CachedCatalog::new(ports.catalog.clone(), cache, ports.ids.clone()));
        },
        |_| {},
    )
    .await
}

/// The ids and the fields of what is listed there.
async fn listed(client: &Client, path: &str) -> Vec<Value> {
    let list = client.get(path).await.expect(200).json();
    list["items"].as_array().unwrap().clone()
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(item, "id")).collect()
}

/// A film and a screen with one id: their lists of showtimes must not be taken for each other.
#[tokio::test]
async fn o11_a_film_and_a_screen_with_one_id_have_lists_of_their_own() {
    let world = cached().await;
    let catalog: &Arc<dyn Catalog> = &world.milo.ports().catalog;
    let shared: Uuid = samples::id();
    let start = world.now().checked_add(Duration::from_hours(24)).unwrap();
    let theater = samples::theater("Lumen");
    catalog.add_theater(&theater).await.unwrap();
    let mut films = [samples::movie("Seven"), samples::movie("Eight")];
    films[0].id = MovieId(shared);
    let mut screens = [
        samples::screen(theater.id, "Seven"),
        samples::screen(theater.id, "Eight"),
    ];
    screens[0].id = ScreenId(shared);
    for (film, screen) in films.iter().zip(&mut screens) {
        catalog.add_movie(film).await.unwrap();
        catalog.add_screen(screen).await.unwrap();
        let layout = samples::layout(screen.id, &[("A", "RR")], None);
        catalog.change_layout(&layout, screen.version).await.unwrap();
        screen.version = screen.version.next();
    }
    // Each film is on the other's screen.
    let of_film = samples::showtime(&films[0], &screens[1], start);
    let on_screen = samples::showtime(&films[1], &screens[0], start);
    catalog.add_showtime(&of_film).await.unwrap();
    catalog.add_showtime(&on_screen).await.unwrap();
    let anybody = world.anybody();

    for _ in 0..2 {
        let films = listed(&anybody, &format!("/movies/{shared}/showtimes")).await;
        assert_eq!(ids(&films), [of_film.id.to_string()]);
        let screens = listed(&anybody, &format!("/screens/{shared}/showtimes")).await;
        assert_eq!(ids(&screens), [on_screen.id.to_string()]);
    }
}

#[tokio::test]
async fn o11_every_write_of_a_showtime_is_seen_in_every_list_at_once() {
    let world = cached().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let lists = [
        "/showtimes".to_owned(),
        format!("/showtimes?theater_id={}", cinema.theater),
        format!("/showtimes?movie_id={}", cinema.movie),
        format!("/movies/{}/showtimes", cinema.movie),
        format!("/screens/{}/showtimes", cinema.screen),
    ];
    let anybody = world.anybody();
    let everywhere = async |expected: &[(&str, &str, i64)]| {
        for list in &lists {
            let items = listed(&anybody, list).await;
            let seen: Vec<_> = items
                .iter()
                .map(|item| {
                    let price = item["prices"]["regular"]["amount"].as_i64().unwrap();
                    (item["id"].as_str().unwrap(), item["status"].as_str().unwrap(), price)
                })
                .collect();
            assert_eq!(seen, expected, "{list}");
        }
        for (id, status, price) in expected {
            let one = anybody.get(&format!("/showtimes/{id}")).await.expect(200).json();
            assert_eq!(one["status"], *status);
            assert_eq!(one["prices"]["regular"]["amount"], *price);
        }
    };
    let first = cinema.showtime.as_str();
    everywhere(&[(first, "scheduled", 1250)]).await;

    let later = showtime(&cinema.movie, &cinema.screen, &world.after(Duration::from_hours(48)));
    let second = admin.post("/showtimes", &later).await.expect(201).id();
    everywhere(&[(first, "scheduled", 1250), (&second, "scheduled", 1250)]).await;

    let dearer = json!({"prices": {"regular": {"amount": 1500, "currency": "USD"}}});
    admin.patch(&format!("/showtimes/{first}"), &dearer).await.expect(200);
    everywhere(&[(first, "scheduled", 1500), (&second, "scheduled", 1250)]).await;

    let moved = json!({"starts_at": world.after(Duration::from_hours(12))});
    admin.patch(&format!("/showtimes/{second}"), &moved).await.expect(200);
    everywhere(&[(&second, "scheduled", 1250), (first, "scheduled", 1500)]).await;

    admin.act(&format!("/showtimes/{second}/cancel")).await.expect(200);
    everywhere(&[(&second, "cancelled", 1250), (first, "scheduled", 1500)]).await;
}

#[tokio::test]
async fn o11_how_many_seats_are_left_is_never_cached() {
    let world = cached().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let list = format!("/movies/{}/showtimes", cinema.movie);
    assert_eq!(listed(&ann, &list).await[0]["seats_available"], 10);
    let hold = cinema.hold(&ann, 0..3).await;
    assert_eq!(listed(&ann, &list).await[0]["seats_available"], 7);
    ann.delete(&format!("/holds/{}", text(&hold, "id"))).await.expect(204);
    assert_eq!(listed(&ann, &list).await[0]["seats_available"], 10);
}
