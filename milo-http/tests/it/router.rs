//! What happens before any handler is found, or when one breaks down.

use std::sync::Arc;

use milo_core::ports::MockTokenSigner;
use reqwest::Method;
use serde_json::json;

use crate::support::{World, operations};

#[tokio::test]
async fn an_address_that_nothing_has_is_not_found() {
    let world = World::open().await;
    for path in [
        "//",
        "//nothing",
        "/",
        "/nothing",
        "/movies/x/y/z",
        "//api/v2/movies",
        "//API/V1/movies",
    ] {
        world.anybody().get(path).await.expect_problem(404, "not-found");
    }
    world.close().await;
}

#[tokio::test]
async fn a_path_id_that_cannot_be_one_is_not_found() {
    let world = World::open().await;
    for id in [
        "7",
        "x",
        "0198c5c47a547c6e8f3a2f1f0c7f9b11",
        "%00",
        "{id}",
        "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b1g",
    ] {
        world
            .anybody()
            .get(&format!("/movies/{id}"))
            .await
            .expect_problem(404, "not-found");
    }
    world.close().await;
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_told_which_it_does() {
    let world = World::open().await;
    let answer = world.anybody().put("/movies", &json!({})).await;
    let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    answer.expect_problem(405, "method-not-allowed");
    for operation in operations() {
        let answer = world.anybody().send(Method::TRACE, &operation.address(), None).await;
        let allowed = answer.header("allow").unwrap_or_default().to_owned();
        assert!(
            allowed.contains(operation.method.as_str()),
            "{}: {allowed}",
            operation.path
        );
        answer.expect_problem(405, "method-not-allowed");
    }
    world.close().await;
}

#[tokio::test]
async fn whoever_may_read_may_ask_for_the_headers_alone() {
    let world = World::open().await;
    let answer = world.anybody().send(Method::HEAD, "/movies", None).await.expect(200);
    assert!(answer.body.is_empty());
    let read = world.anybody().get("/movies").await.expect(200);
    assert_eq!(answer.tag(), read.tag());
    world.anybody().send(Method::HEAD, "/users/me", None).await.expect(401);
    world.close().await;
}

#[tokio::test]
async fn a_request_keeps_its_callers_name_if_it_is_a_good_one() {
    let world = World::open().await;
    let longest = "x".repeat(64);
    for good in ["a", "trace-1_2.3", longest.as_str()] {
        let answer = world.anybody().with("x-request-id", good).get("/nothing").await;
        assert_eq!(answer.header("x-request-id"), Some(good));
        assert_eq!(answer.expect_problem(404, "not-found")["instance"], good);
    }
    let too_long = "x".repeat(65);
    for bad in ["", "a b", "a/b", "<x>", "\u{fc}", too_long.as_str()] {
        let answer = world
            .anybody()
            .with("x-request-id", bad)
            .get("/movies")
            .await
            .expect(200);
        let name = answer.header("x-request-id").unwrap();
        assert!(name != bad && name.len() == 36, "{bad:?} became {name:?}");
    }
    let (one, other) = (
        world.anybody().get("/movies").await,
        world.anybody().get("/movies").await,
    );
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    world.close().await;
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_refused_everywhere() {
    let world = World::open().await;
    let admin = world.admin().await;
    for operation in operations() {
        let address = format!("{}?lmit=1", operation.address());
        let answer = admin
            .send(operation.method.clone(), &address, operation.example().as_ref())
            .await;
        answer.expect_flaws(&[("lmit", "unknown_parameter")]);
    }
    let problem = world
        .anybody()
        .get("/movies?lmit=1")
        .await
        .expect_problem(422, "validation");
    assert_eq!(problem["errors"][0]["message"], "is not known; did you mean limit?");
    world.close().await;
}

#[tokio::test]
async fn a_parameter_is_given_once_and_in_utf8() {
    let world = World::open().await;
    let anybody = world.anybody();
    anybody
        .get("/movies?genre=a&genre=b")
        .await
        .expect_flaws(&[("genre", "duplicate")]);
    anybody
        .get("/movies?q=%ff")
        .await
        .expect_flaws(&[("q", "invalid_encoding")]);
    anybody.get("/movies?q=").await.expect_flaws(&[("q", "empty")]);
    anybody
        .get("/movies?limit=0&cursor=x&showing_on=today")
        .await
        .expect_flaws(&[
            ("showing_on", "invalid_date"),
            ("limit", "out_of_range"),
            ("cursor", "invalid_cursor"),
        ]);
    anybody.get("/movies?q=long+take&&limit=5").await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn a_handler_that_panics_ends_its_request_and_nothing_else() {
    let mut signer = MockTokenSigner::new();
    signer.expect_verify().returning(|_| panic!("the signer broke"));
    let world = World::with(|ports| ports.signer = Arc::new(signer), |_| {}).await;
    let caller = world.anybody().bearing("x").with("x-request-id", "broken-1");
    let answer = caller.get("/users/me").await;
    assert!(!answer.text().contains("signer"), "{}", answer.text());
    assert_eq!(answer.expect_problem(500, "internal")["instance"], "broken-1");
    world.anybody().get("/movies").await.expect(200);
    world.close().await;
}

#[tokio::test]
async fn a_write_that_panics_ends_its_request_and_nothing_else() {
    let mut hasher = milo_core::ports::MockPasswordHasher::new();
    hasher.expect_hash().returning(|_| panic!("the hasher broke"));
    let world = World::with(|ports| ports.hasher = Arc::new(hasher), |_| {}).await;
    let body = json!({"email": "ann@example.org", "password": "correct horse", "display_name": "Ann"});
    let answer = world.anybody().post("/auth/register", &body).await;
    assert!(!answer.text().contains("hasher"), "{}", answer.text());
    answer.expect_problem(500, "internal");
    world.anybody().get("/movies").await.expect(200);
    world.close().await;
}
