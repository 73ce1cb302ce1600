//! Health, metrics and documentation.

use serde_json::json;

use crate::support::{Cinema, World};

#[tokio::test]
async fn a_process_that_runs_is_alive_and_one_that_stops_is_not_ready() {
    let world = World::open().await;
    world.anybody().get("//health/live").await.expect(200);
    let ready = world.anybody().get("//health/ready").await.expect(200).json();
    assert_eq!(ready["ready"], true);
    let names: Vec<&str> = ready["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["catalog", "booking_store", "seat_locks"]);
    world.close().await;
}

#[tokio::test]
async fn a_store_that_is_down_makes_the_process_unready_and_a_lock_store_does_not() {
    use std::sync::Arc;

    use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty};

    let down = |port, operation| {
        let calls = (0..10).map(move |nth| (FaultAt::Call { port, operation, nth }, Fault::Transient));
        FaultPlan::scripted(calls)
    };
    let plan = down("seat_locks", "tally");
    let world = World::with(
        |ports| ports.locks = Arc::new(Faulty::new(ports.locks.clone(), plan)),
        |_| {},
    )
    .await;
    let answer = world.anybody().get("//health/ready").await.expect(200);
    assert_eq!(
        answer
            .text()
            .lines()
            .filter(|line| line.contains("does not answer"))
            .count(),
        1
    );
    world.close().await;

    let plan = down("booking_store", "payment_backlog");
    let world = World::with(
        |ports| ports.bookings = Arc::new(Faulty::new(ports.bookings.clone(), plan)),
        |_| {},
    )
    .await;
    let answer = world.anybody().get("//health/ready").await.expect(503);
    let line = answer
        .text()
        .lines()
        .find(|line| line.contains("does not answer"))
        .unwrap()
        .to_owned();
    assert!(line.contains("booking_store"), "{line}");
    world.anybody().get("//health/live").await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn what_is_measured_is_shown_by_route_and_outcome() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    cinema.reserve(&ann, 0..1, "tok_ok").await;
    bob.post(&cinema.holds(), &json!({"seat_ids": cinema.seats[..1]}))
        .await
        .expect_problem(409, "seats-unavailable");
    bob.get("/nothing/here").await.expect(404);
    let answer = world.anybody().get("//metrics").await.expect(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    let shown = answer.text();
    for line in [
        r#"http_requests_total{method="POST",route="/api/v1/showtimes/{id}/holds",status="409"}"#,
        r#"http_requests_total{method="GET",route="(none)",status="404"}"#,
        r#"http_request_duration_seconds_bucket{method="POST",route="/api/v1/reservations",status="201",le="#,
        r#"milo_holds_total{outcome="held"}"#,
        r#"milo_holds_total{outcome="seats-unavailable"}"#,
        r#"milo_reservations_total{outcome="reserved"}"#,
    ] {
        assert!(shown.contains(line), "{line} is not in\n{shown}");
    }
    // Labels are bounded: nothing that a client chose is among them.
    assert!(
        !shown.contains(&cinema.showtime) && !shown.contains("nothing/here"),
        "{shown}"
    );
    world.close().await;
}

#[tokio::test]
async fn the_page_of_the_documentation_needs_nothing_from_anywhere_else() {
    let world = World::open().await;
    let page = world.anybody().get("//docs").await.expect(200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self';"),
        "{policy}"
    );
    let html = page.text();
    assert!(!html.contains("://"), "{html}");
    let sources: Vec<&str> = html.split(['"']).filter(|part| part.starts_with('/')).collect();
    assert_eq!(
        sources,
        ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]
    );
    for source in sources {
        let file = world.anybody().get(&format!("/{source}")).await.expect(200);
        assert!(!file.body.is_empty(), "{source}");
        world
            .anybody()
            .with("if-none-match", &file.tag())
            .get(&format!("/{source}"))
            .await
            .expect(304);
    }
    let start = world.anybody().get("//docs/start.js").await.expect(200).text();
    assert!(start.contains("\"/openapi.json\""), "{start}");
    world
        .anybody()
        .get("//docs/index.html")
        .await
        .expect_problem(404, "not-found");
    world
        .anybody()
        .get("//docs/..%2fCargo.toml")
        .await
        .expect_problem(404, "not-found");
    world.close().await;
}

#[tokio::test]
async fn the_document_is_served_as_it_is() {
    let world = World::open().await;
    let answer = world.anybody().get("//openapi.json").await.expect(200);
    assert_eq!(answer.body, milo_http::openapi().to_vec());
    assert_eq!(answer.json()["openapi"], "3.1.0");
    world.close().await;
}
