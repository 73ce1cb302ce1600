//! Registering, signing in and out.

use serde_json::json;

use crate::support::{PASSWORD, World};

fn ann() -> serde_json::Value {
    json!({"email": "Ann@Example.org", "password": PASSWORD, "display_name": " Ann ", "phone": "+1 555 0100"})
}

#[tokio::test]
async fn a_new_account_has_exactly_these_fields() {
    let world = World::open().await;
    let anybody = world.anybody();
    let answer = anybody.post("/auth/register", &ann()).await.expect(201);
    assert_eq!(answer.header("location"), Some("/api/v1/users/me"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let user = answer.json();
    assert_eq!(
        user,
        json!({
            "id": user["id"], "email": "ann@example.org", "display_name": "Ann", "phone": "+1 555 0100",
            "is_admin": false, "created_at": "2026-12-20T12:00:00Z",
        })
    );
    let ann = anybody.sign_in("ANN@example.org", PASSWORD).await;
    assert_eq!(ann.get("/users/me").await.expect(200).json(), user);
    world.close().await;
}

#[tokio::test]
async fn an_address_belongs_to_one_account_whatever_its_case() {
    let world = World::open().await;
    let anybody = world.anybody();
    anybody.post("/auth/register", &ann()).await.expect(201);
    let mut again = ann();
    again["email"] = json!("aNN@eXAMPLE.ORG");
    anybody
        .post("/auth/register", &again)
        .await
        .expect_problem(409, "email-taken");
    world.close().await;
}

#[tokio::test]
async fn every_bad_field_is_told_at_once() {
    let world = World::open().await;
    let body = json!({"email": "ann", "password": "short", "display_name": " ", "phone": "call me"});
    world.anybody().post("/auth/register", &body).await.expect_flaws(&[
        ("email", "invalid_email"),
        ("password", "too_short"),
        ("display_name", "empty"),
        ("phone", "invalid_phone"),
    ]);
    let long = json!({"email": "ann@example.org", "password": "x".repeat(129), "display_name": "Ann"});
    world
        .anybody()
        .post("/auth/register", &long)
        .await
        .expect_flaws(&[("password", "too_long")]);
    world.close().await;
}

#[tokio::test]
async fn nobody_makes_himself_an_administrator() {
    let world = World::open().await;
    for field in ["is_admin", "admin", "id", "created_at", "role"] {
        let mut body = ann();
        body[field] = json!(true);
        world
            .anybody()
            .post("/auth/register", &body)
            .await
            .expect_flaws(&[(field, "unknown_field")]);
    }
    world.close().await;
}

#[tokio::test]
async fn tokens_have_exactly_these_fields() {
    let world = World::open().await;
    world.anybody().post("/auth/register", &ann()).await.expect(201);
    let body = json!({"email": "ann@example.org", "password": PASSWORD});
    let answer = world.anybody().post("/auth/login", &body).await.expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    let expected = json!({
        "access_token": tokens["access_token"], "token_type": "Bearer", "expires_in": 600,
        "refresh_token": tokens["refresh_token"],
    });
    assert_eq!(tokens, expected);
    assert_eq!(tokens["access_token"].as_str().unwrap().split('.').count(), 3);
    world.close().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let world = World::open().await;
    world.anybody().post("/auth/register", &ann()).await.expect(201);
    let mut answers = Vec::new();
    for (email, password) in [
        ("ann@example.org", "wrong password"),
        ("bob@example.org", PASSWORD),
        ("no address", "x"),
    ] {
        let body = json!({"email": email, "password": password});
        let caller = world.anybody().with("x-request-id", "same");
        let answer = caller.post("/auth/login", &body).await;
        let mut headers = answer.headers.clone();
        headers.remove("date");
        answers.push((answer.expect_problem(401, "invalid-credentials"), headers));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    world.close().await;
}

#[tokio::test]
async fn guessing_ends_with_too_many_attempts() {
    let world = World::open().await;
    world.anybody().post("/auth/register", &ann()).await.expect(201);
    let guess = json!({"email": "ann@example.org", "password": "wrong password"});
    for _ in 0..5 {
        world
            .anybody()
            .post("/auth/login", &guess)
            .await
            .expect_problem(401, "invalid-credentials");
    }
    let answer = world.anybody().post("/auth/login", &guess).await;
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    answer.expect_problem(429, "too-many-attempts");
    // Not even the right one helps, until the time is over.
    let right = json!({"email": "ann@example.org", "password": PASSWORD});
    world
        .anybody()
        .post("/auth/login", &right)
        .await
        .expect_problem(429, "too-many-attempts");
    world.clock.advance(std::time::Duration::from_secs(wait));
    world.anybody().post("/auth/login", &right).await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn a_refresh_token_is_spent_once_and_a_copy_ends_the_session() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    let first = json!({"refresh_token": ann.refresh_token});
    let second = world.anybody().post("/auth/refresh", &first).await.expect(200).json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let renewed = world.anybody().bearing(second["access_token"].as_str().unwrap());
    renewed.get("/users/me").await.expect(200);
    world
        .anybody()
        .post("/auth/refresh", &first)
        .await
        .expect_problem(401, "invalid-token");
    let heir = json!({"refresh_token": second["refresh_token"]});
    world
        .anybody()
        .post("/auth/refresh", &heir)
        .await
        .expect_problem(401, "invalid-token");
    world
        .anybody()
        .post("/auth/refresh", &json!({"refresh_token": "x"}))
        .await
        .expect_problem(401, "invalid-token");
    world.close().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_and_nobody_elses() {
    let world = World::open().await;
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let anns = json!({"refresh_token": ann.refresh_token});
    bob.post("/auth/logout", &anns).await.expect(204);
    let anns = world.anybody().post("/auth/refresh", &anns).await.expect(200).json();
    let anns = json!({"refresh_token": anns["refresh_token"]});
    let answer = ann.post("/auth/logout", &anns).await.expect(204);
    assert!(answer.body.is_empty());
    world
        .anybody()
        .post("/auth/refresh", &anns)
        .await
        .expect_problem(401, "invalid-token");
    ann.post("/auth/logout", &anns).await.expect(204);
    world.close().await;
}
