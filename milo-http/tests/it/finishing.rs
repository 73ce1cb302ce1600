//! What was begun is finished, also when nobody waits for it any more.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::Layered;
use milo_core::domain::EmailAddress;
use milo_core::ports::Accounts;
use serde_json::json;

use crate::support::{Cinema, Gate, PASSWORD, Socket, World, movie, text};

fn registration() -> String {
    let body = json!({"email": "ann@example.org", "password": PASSWORD, "display_name": "Ann"}).to_string();
    format!(
        "POST /api/v1/auth/register HTTP/1.1\r\nhost: milo\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_write_is_finished_when_its_client_has_hung_up() {
    let gate = Gate::before("accounts", "create");
    let world = World::with(
        |ports| ports.accounts = Arc::new(Layered::new(ports.accounts.clone(), gate.clone())),
        |_| {},
    )
    .await;
    let mut socket = Socket::open(&world).await;
    socket.write(registration()).await;
    gate.entered().await;
    drop(socket);
    // The server has noticed that the client is gone when it has nothing left to serve.
    world.stop.cancel();
    gate.open();
    let store = Arc::clone(&world.store);
    world.close().await;
    let ann = store
        .by_email(&EmailAddress::parse("ann@example.org").unwrap())
        .await
        .unwrap();
    assert_eq!(ann.unwrap().display_name.as_str(), "Ann");
}

#[tokio::test]
async fn a_server_that_stops_finishes_the_requests_under_way() {
    let gate = Gate::before("catalog", "add_movie");
    let world = World::with(
        |ports| ports.catalog = Arc::new(Layered::new(ports.catalog.clone(), gate.clone())),
        |_| {},
    )
    .await;
    let admin = world.admin().await;
    let adding = tokio::spawn(async move { admin.post("/movies", &movie("One")).await });
    gate.entered().await;
    world.stop.cancel();
    gate.open();
    adding.await.unwrap().expect(201);
    world.close().await;
}

#[tokio::test]
async fn a_server_that_stops_answers_those_who_wait() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let ann = world.person("ann").await;
    let made = cinema.reserve(&ann, 0..1, "tok_ok").await;
    let path = format!("/reservations/{}?wait=30", text(&made, "id"));
    let began = std::time::Instant::now();
    let waiting = tokio::spawn(async move { ann.get(&path).await });
    // Whether the stop comes before the request or within its wait, it is not kept waiting.
    tokio::task::yield_now().await;
    world.close().await;
    if let Ok(answer) = waiting.await {
        assert_eq!(answer.expect(200).json()["status"], "pending_payment");
    }
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_and_finished_all_the_same() {
    let gate = Gate::before("catalog", "add_movie");
    let world = World::with(
        |ports| ports.catalog = Arc::new(Layered::new(ports.catalog.clone(), gate.clone())),
        |limits| limits.request_time = Duration::from_millis(200),
    )
    .await;
    let admin = world.admin().await.with("idempotency-key", "k");
    let answer = admin.post("/movies", &movie("One")).await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_problem(503, "timeout");
    gate.open();
    let store = Arc::clone(&world.store);
    world.close().await;
    let page = milo_core::domain::PageRequest::first();
    let movies = milo_core::ports::Catalog::movies(store.as_ref(), &Default::default(), &page)
        .await
        .unwrap();
    assert_eq!(movies.items.len(), 1);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let world = World::with(|_| {}, |limits| limits.request_time = Duration::from_millis(200)).await;
    let mut socket = Socket::open(&world).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: milo\r\ncontent-type: application/json\r\n\
                content-length: 100\r\nconnection: close\r\n\r\n{";
    socket.write(head).await;
    let answer = socket.answer().await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.body.contains("urn:milo:problem:timeout"), "{answer:?}");
    world.close().await;
}
