//! What a session's end and an account's role come to, and when.

use std::time::Duration;

use serde_json::json;

use crate::support::{Client, Scene, movie};

async fn renew(scene: &Scene, refresh_token: &str) -> crate::support::Answer {
    let body = json!({"refresh_token": refresh_token});
    scene.nobody.post("/auth/refresh", &body).await
}

/// How long an access token is taken, with what two hosts' clocks may be apart.
fn life(scene: &Scene) -> Duration {
    scene.world.milo.policy().access_token_ttl + Duration::from_secs(30)
}

#[tokio::test]
async fn whoever_signed_out_is_out_when_his_token_ends_and_cannot_renew_it() {
    let scene = Scene::open().await;
    let gone = scene.signed_out(&scene.ann).clone();
    renew(&scene, &gone.refresh_token)
        .await
        .expect_problem(401, "invalid-token");
    gone.get("/users/me").await.expect(200);
    scene.world.clock.advance(life(&scene));
    gone.get("/users/me").await.expect_problem(401, "invalid-token");
    scene.world.close().await;
}

#[tokio::test]
async fn a_renewed_token_has_the_role_that_the_account_has() {
    let scene = Scene::open().await;
    let former = |client: &Client, is_admin| {
        let token = scene.forge.with_role(&client.token(), is_admin);
        client.bearing(&token)
    };
    // The token says what its account was; the account is asked when the token is renewed.
    let no_longer = former(&scene.ann, true);
    no_longer.post("/movies", &movie("Mine")).await.expect(201);
    let renewed = renew(&scene, &no_longer.refresh_token).await.expect(200).json();
    let renewed = scene.nobody.bearing(renewed["access_token"].as_str().unwrap());
    renewed
        .post("/movies", &movie("Mine"))
        .await
        .expect_problem(403, "forbidden");

    let meanwhile = former(&scene.admin, false);
    meanwhile
        .post("/movies", &movie("Mine"))
        .await
        .expect_problem(403, "forbidden");
    let renewed = renew(&scene, &meanwhile.refresh_token).await.expect(200).json();
    let renewed = scene.nobody.bearing(renewed["access_token"].as_str().unwrap());
    renewed.post("/movies", &movie("Mine")).await.expect(201);

    scene.world.clock.advance(life(&scene));
    no_longer
        .post("/movies", &movie("Mine"))
        .await
        .expect_problem(401, "invalid-token");
    scene.world.close().await;
}

#[tokio::test]
async fn what_is_no_unspent_refresh_token_renews_nothing() {
    let scene = Scene::open().await;
    let spent = scene.unspent();
    renew(&scene, &spent).await.expect(200);
    let before = scene.written();
    let strays = [
        String::new(),
        "x".to_owned(),
        scene.ann.token(),
        scene.forge.flawless(),
        scene.ann.refresh_token.to_uppercase(),
        format!("{} ", scene.ann.refresh_token),
        format!("{}0", scene.ann.refresh_token),
        scene.ann.refresh_token[1..].to_owned(),
        "%".to_owned(),
        "\0".to_owned(),
    ];
    for stray in &strays {
        renew(&scene, stray).await.expect_problem(401, "invalid-token");
    }
    assert!(before == scene.written(), "a stray token changed something");
    // A copy: the whole session ends, and nothing else does.
    renew(&scene, &spent).await.expect_problem(401, "invalid-token");
    renew(&scene, &scene.ann.refresh_token).await.expect(200);
    scene.world.close().await;
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_often_it_was_renewed() {
    let scene = Scene::open().await;
    let mut token = scene.unspent();
    for _ in 0..29 {
        scene.world.clock.advance(Duration::from_hours(24));
        let renewed = renew(&scene, &token).await.expect(200).json();
        renewed["refresh_token"].as_str().unwrap().clone_into(&mut token);
    }
    scene.world.clock.advance(Duration::from_hours(24));
    renew(&scene, &token).await.expect_problem(401, "invalid-token");
    scene.world.close().await;
}
