//! Who may do what: every operation of the document, with every kind of caller.

use std::time::Duration;

use crate::support::{World, operations};

#[tokio::test]
async fn every_operation_asks_for_what_it_documents() {
    let world = World::open().await;
    let (anybody, user) = (world.anybody(), world.person("ann").await);
    for operation in operations() {
        let security = operation.document["security"].as_array().cloned().unwrap_or_default();
        let needs_user = security.iter().any(|one| one.get("bearer").is_some()) && security.len() == 1;
        let forbidden = operation.document["responses"]["403"]["description"]
            .as_str()
            .unwrap_or_default();
        let is_admins = needs_user && forbidden.contains("`forbidden`") && !operation.path.contains("/reviews/");
        let body = operation.example();
        let (method, address) = (operation.method.clone(), operation.address());
        let answer = anybody.send(method.clone(), &address, body.as_ref()).await;
        let what = format!("{method} {address}");
        if !needs_user {
            assert_ne!(answer.status.as_u16(), 403, "{what}");
            continue;
        }
        answer.expect_problem(401, "unauthorized");
        let stranger = anybody.bearing("eyJhbGciOiJub25lIn0.e30.");
        stranger
            .send(method.clone(), &address, body.as_ref())
            .await
            .expect_problem(401, "invalid-token");
        let answer = user.send(method, &address, body.as_ref()).await;
        if is_admins {
            answer.expect_problem(403, "forbidden");
        } else {
            assert!(
                ![401, 403].contains(&answer.status.as_u16()),
                "{what}: {}",
                answer.text()
            );
        }
    }
    world.close().await;
}

#[tokio::test]
async fn a_token_is_valid_for_ten_minutes() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    world.clock.advance(Duration::from_secs(10 * 60 - 1));
    ann.get("/users/me").await.expect(200);
    // A little more than the leeway between two hosts' clocks.
    world.clock.advance(Duration::from_secs(32));
    let problem = ann.get("/users/me").await;
    assert_eq!(
        problem.header("www-authenticate"),
        Some("Bearer realm=\"milo\", error=\"invalid_token\"")
    );
    problem.expect_problem(401, "invalid-token");
    world.close().await;
}

#[tokio::test]
async fn only_one_well_formed_bearer_header_counts() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    let token = ann.token();
    let anybody = world.anybody();
    anybody
        .with("authorization", &format!("bearer {token}"))
        .get("/users/me")
        .await
        .expect(200);
    anybody
        .with("authorization", &format!("Basic {token}"))
        .get("/users/me")
        .await
        .expect_problem(401, "unauthorized");
    anybody
        .with("authorization", &token)
        .get("/users/me")
        .await
        .expect_problem(401, "invalid-token");
    anybody
        .with("authorization", "Bearer ")
        .get("/users/me")
        .await
        .expect_problem(401, "invalid-token");
    // A refresh token is no access token.
    anybody
        .bearing(&ann.refresh_token)
        .get("/users/me")
        .await
        .expect_problem(401, "invalid-token");
    world.close().await;
}

#[tokio::test]
async fn an_optional_token_must_be_valid_and_a_needless_one_is_not_looked_at() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = crate::support::Cinema::open(&world, &admin).await;
    let stranger = world.anybody().bearing("nonsense");
    stranger.get("/movies").await.expect(200);
    stranger.get(&cinema.map()).await.expect_problem(401, "invalid-token");
    world.anybody().get(&cinema.map()).await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_found() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cinema = crate::support::Cinema::open(&world, &admin).await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let hold = crate::support::text(&cinema.hold(&ann, 0..1).await, "id");
    let reservation = crate::support::text(&cinema.reserve(&ann, 1..2, "tok_ok").await, "id");
    for other in [&bob, &admin] {
        other
            .get(&format!("/holds/{hold}"))
            .await
            .expect_problem(404, "not-found");
        other
            .delete(&format!("/holds/{hold}"))
            .await
            .expect_problem(404, "not-found");
        other
            .act(&format!("/holds/{hold}/extend"))
            .await
            .expect_problem(404, "not-found");
        other
            .get(&format!("/reservations/{reservation}"))
            .await
            .expect_problem(404, "not-found");
        other
            .act(&format!("/reservations/{reservation}/cancel"))
            .await
            .expect_problem(404, "not-found");
        let body = serde_json::json!({"hold_id": hold, "payment_method": {"kind": "paypal", "token": "tok_ok"}});
        other
            .post("/reservations", &body)
            .await
            .expect_problem(404, "not-found");
        let list = other.get("/reservations").await.expect(200).json();
        assert_eq!(list["items"], serde_json::json!([]));
    }
    ann.get(&format!("/holds/{hold}")).await.expect(200);
    ann.get(&format!("/reservations/{reservation}")).await.expect(200);
    world.close().await;
}
