//! Who somebody is, and who may be an administrator.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::memory::ManualClock;
use milo_adapters::system::SystemIds;
use milo_core::conformance::{at_once, samples};
use milo_core::domain::{Claims, EmailAddress};
use milo_core::ports::NoWakeup;
use serde_json::{Value, json};

use super::Insides;
use crate::support::{Client, PASSWORD, World, movie};

/// An embedded Milo as it starts by default, without a demo.
fn started() -> Embedded {
    let clock = Arc::new(ManualClock::default());
    let settings = AdapterSettings::default();
    Embedded::on(&settings, clock, Arc::new(SystemIds), Arc::new(NoWakeup)).unwrap()
}

#[tokio::test]
async fn o12_whoever_registers_is_no_administrator() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    assert_eq!(ann.get("/users/me").await.expect(200).json()["is_admin"], false);
    ann.post("/movies", &movie("Mine"))
        .await
        .expect_problem(403, "forbidden");

    for field in ["is_admin", "admin", "role", "roles", "authorities"] {
        let mut body = json!({"email": "eve@example.org", "password": PASSWORD, "display_name": "Eve"});
        body[field] = json!(true);
        let refused = world.anybody().post("/auth/register", &body).await;
        refused.expect_flaws(&[(field, "unknown_field")]);
    }
    let login = json!({"email": "eve@example.org", "password": PASSWORD});
    world
        .anybody()
        .post("/auth/login", &login)
        .await
        .expect_problem(401, "invalid-credentials");
}

#[tokio::test]
async fn o12_an_empty_start_has_no_accounts() {
    let ports = started().ports;
    for name in [
        "admin",
        "administrator",
        "root",
        "user",
        "guest",
        "test",
        "demo",
        "ann",
        "milo",
    ] {
        for host in [
            "milo.example",
            "example.com",
            "example.org",
            "milo.local",
            "admin.com",
            "gmail.com",
        ] {
            let email = EmailAddress::parse(&format!("{name}@{host}")).unwrap();
            assert_eq!(ports.accounts.by_email(&email).await.unwrap(), None, "{email:?}");
        }
    }

    let world = World::open().await;
    for (email, password) in [
        ("admin", "admin"),
        ("admin@milo.example", "admin"),
        ("admin@example.org", PASSWORD),
    ] {
        let body = json!({"email": email, "password": password});
        world
            .anybody()
            .post("/auth/login", &body)
            .await
            .expect_problem(401, "invalid-credentials");
    }
}

#[test]
fn o12_two_starts_have_different_keys() {
    let (one, other) = (started().ports, started().ports);
    let issued_at = one.clock.now();
    let claims = Claims {
        user: samples::id(),
        session: samples::id(),
        is_admin: true,
        issued_at,
        expires_at: issued_at.checked_add(SignedDuration::from_mins(10)).unwrap(),
    };
    let token = one.signer.sign(&claims).unwrap();
    assert_eq!(one.signer.verify(&token).unwrap(), claims);
    other.signer.verify(&token).unwrap_err();
}

#[tokio::test]
async fn o12_the_token_of_another_server_is_worth_nothing() {
    let (here, there) = (World::open().await, World::open().await);
    let stranger = here.anybody().bearing(&there.admin().await.token());
    stranger.get("/users/me").await.expect_problem(401, "invalid-token");
    stranger
        .post("/movies", &movie("Mine"))
        .await
        .expect_problem(401, "invalid-token");
}

/// Reads and writes one part of a token.
fn with_part(token: &str, part: usize, change: impl FnOnce(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[part]).unwrap()).unwrap();
    change(&mut value);
    parts[part] = URL_SAFE_NO_PAD.encode(value.to_string());
    parts.join(".")
}

/// Says that the bearer is an administrator, whatever the claim is called.
fn promote(claims: &mut Value) {
    let claims = claims.as_object_mut().unwrap();
    let mut promoted = 0;
    for value in claims.values_mut() {
        if *value == json!(false) {
            *value = json!(true);
            promoted += 1;
        }
    }
    assert_eq!(
        promoted, 1,
        "the token does not say who is an administrator: {claims:?}"
    );
}

#[tokio::test]
async fn o12_nobody_writes_a_token_of_his_own() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    let token = ann.token();
    let promoted = with_part(&token, 1, promote);
    let unsigned = with_part(&promoted, 0, |head| head["alg"] = json!("none"));
    let symmetric = with_part(&promoted, 0, |head| head["alg"] = json!("HS256"));
    let bare = unsigned.rsplit_once('.').unwrap().0;
    for forged in [&promoted, &unsigned, &symmetric, &format!("{bare}."), bare, "", "a.b.c"] {
        ann.bearing(forged)
            .post("/movies", &movie("Mine"))
            .await
            .expect_problem(401, "invalid-token");
    }
    assert_eq!(
        world.anybody().get("/movies").await.expect(200).json()["items"],
        json!([])
    );
}

#[tokio::test]
async fn o12_a_token_is_short_lived_and_its_session_can_be_ended() {
    let world = World::open().await;
    let ann = world.person("ann").await;
    let refresh = json!({"refresh_token": ann.refresh_token});
    ann.post("/auth/logout", &refresh).await.expect(204);
    ann.post("/auth/refresh", &refresh)
        .await
        .expect_problem(401, "invalid-token");

    let leeway = Duration::from_secs(30);
    world
        .clock
        .advance(world.milo.policy().access_token_ttl + leeway + Duration::from_secs(1));
    assert!(world.milo.policy().access_token_ttl <= Duration::from_mins(10));
    ann.get("/users/me").await.expect_problem(401, "invalid-token");
}

#[tokio::test]
async fn o12_there_are_no_consoles() {
    let inside = Insides::open().await;
    let addresses = [
        "//h2-console",
        "//h2-console/login.do",
        "//actuator",
        "//actuator/env",
        "//console",
        "//admin",
        "//debug/pprof",
        "//swagger-ui.html",
        "//.env",
        "//.git/config",
        "/admin",
        "/users",
        "/debug",
    ];
    for caller in [&inside.world.anybody(), &inside.admin] {
        for address in addresses {
            caller.get(address).await.expect_problem(404, "not-found");
            caller.act(address).await.expect_problem(404, "not-found");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o15_one_address_makes_one_account_however_it_is_written_and_however_often_at_once() {
    let world = World::open().await;
    for round in 0..5 {
        let spellings = [
            "ann{}@example.org",
            "ANN{}@EXAMPLE.ORG",
            "Ann{}@example.org",
            "ann{}@Example.Org",
        ];
        let tries = (0..16).map(|number| {
            let email = spellings[number % spellings.len()].replace("{}", &round.to_string());
            let body = json!({"email": email, "password": PASSWORD, "display_name": "Ann"});
            let client = world.anybody();
            async move { client.post("/auth/register", &body).await }
        });
        let answers = at_once(&|task| drop(tokio::spawn(task)), tries).await;

        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 1);
        for answer in refused {
            answer.expect_problem(409, "email-taken");
        }
        let mut users = BTreeSet::new();
        for spelling in spellings {
            let email = spelling.replace("{}", &round.to_string());
            let person = world.anybody().sign_in(&email, PASSWORD).await;
            users.insert(person.get("/users/me").await.expect(200).id());
        }
        assert_eq!(users, BTreeSet::from([made[0].id()]));
    }
}

#[tokio::test]
async fn o15_whoever_saw_the_film_can_review_it_and_nobody_else() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    inside.world.person("bob").await;
    let sold = inside.cinema.reserve(&ann, 0..1, "tok_ok").await;
    inside.world.settle(&ann, &sold).await;
    inside.world.clock.advance(Duration::from_hours(25));
    let again = async |name: &str| -> Client {
        let email = format!("{name}@example.org");
        inside.world.anybody().sign_in(&email, PASSWORD).await
    };
    let reviews = format!("/movies/{}/reviews", inside.cinema.movie);
    let review = json!({"rating": 4, "text": "I was there."});

    again("ann").await.post(&reviews, &review).await.expect(201);
    for other in ["bob", "admin"] {
        again(other)
            .await
            .post(&reviews, &review)
            .await
            .expect_problem(403, "not-watched");
    }
    let seen = inside.world.anybody().get(&reviews).await.expect(200).json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(seen["items"][0]["author"]["display_name"], "ann");
}
