//! What a body may be.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Socket, World, movie, operations, theater};

async fn post_raw(world: &World, body: impl Into<Vec<u8>>, media: &str) -> crate::support::Answer {
    world
        .anybody()
        .send_raw(Method::POST, "/auth/login", Some((body.into(), media)))
        .await
}

const LOGIN: &str = r#"{"email": "ann@example.org", "password": "correct horse"}"#;

#[tokio::test]
async fn only_json_is_read() {
    let world = World::open().await;
    for media in [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
    ] {
        post_raw(&world, LOGIN, media)
            .await
            .expect_problem(401, "invalid-credentials");
    }
    for media in [
        "",
        "text/plain",
        "application/jsonp",
        "application/json; charset=latin1",
        "json",
        "multipart/form-data",
    ] {
        post_raw(&world, LOGIN, media)
            .await
            .expect_problem(415, "unsupported-media-type");
    }
    world.close().await;
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let world = World::open().await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_field = format!(r#"{{"email": {deep}}}"#);
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        br#"{"email": "ann@example.org",}"#,
        br#"{"email": 'ann'}"#,
        b"\xff\xfe",
        br#"{"email": "ann@example.org", "password": "correct horse"} {}"#,
        br#"{"email": "ann\u12"}"#,
        b"{\"email\": \"a\x01b\"}",
        br#"{"email": NaN}"#,
    ];
    for body in bodies {
        post_raw(&world, body, "application/json")
            .await
            .expect_problem(400, "malformed-request");
    }
    for body in [deep, deep_field] {
        let status = post_raw(&world, body, "application/json").await.status.as_u16();
        assert!([400, 422].contains(&status), "{status}");
    }
    world.close().await;
}

#[tokio::test]
async fn a_body_of_another_shape_names_the_field() {
    let world = World::open().await;
    let admin = world.admin().await;
    let cases = [
        (json!([]), "", "wrong_type"),
        (json!("text"), "", "wrong_type"),
        (json!(null), "", "wrong_type"),
        (json!(["a title", null]), "", "wrong_type"),
        (json!({}), "title", "missing"),
        (
            with(movie("x"), "duration_minutes", json!("100")),
            "duration_minutes",
            "wrong_type",
        ),
        (
            with(movie("x"), "duration_minutes", json!(100.0)),
            "duration_minutes",
            "wrong_type",
        ),
        (
            with(movie("x"), "duration_minutes", json!(-1)),
            "duration_minutes",
            "out_of_range",
        ),
        (
            with(movie("x"), "duration_minutes", json!(1e300)),
            "duration_minutes",
            "wrong_type",
        ),
        (
            with(movie("x"), "duration_minutes", json!(u64::MAX)),
            "duration_minutes",
            "out_of_range",
        ),
        (
            with(movie("x"), "duration_minutes", json!(true)),
            "duration_minutes",
            "wrong_type",
        ),
        (with(movie("x"), "genres", json!("Drama")), "genres", "wrong_type"),
        (
            with(movie("x"), "genres", json!(["Drama", 7])),
            "genres[1]",
            "wrong_type",
        ),
        (with(movie("x"), "title", json!(null)), "title", "wrong_type"),
        (with(movie("x"), "Title", json!("x")), "Title", "unknown_field"),
    ];
    for (body, field, code) in cases {
        admin.post("/movies", &body).await.expect_flaws(&[(field, code)]);
    }
    world.close().await;
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[tokio::test]
async fn a_field_within_a_field_is_named_by_its_path() {
    let world = World::open().await;
    let admin = world.admin().await;
    let id = "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11";
    let showtime =
        |prices: Value| json!({"movie_id": id, "screen_id": id, "starts_at": "2027-01-01T10:00:00Z", "prices": prices});
    let cases = [
        (
            json!({"regular": {"amount": "12", "currency": "USD"}}),
            "prices.regular.amount",
            "wrong_type",
        ),
        (
            json!({"regular": {"amount": 12.5, "currency": "USD"}}),
            "prices.regular.amount",
            "wrong_type",
        ),
        (json!({"regular": [1250, "USD"]}), "prices.regular", "wrong_type"),
        (json!({"regular": {"amount": 12}}), "prices.regular.currency", "missing"),
        (
            json!({"regular": {"amount": 12, "currency": "usd"}}),
            "prices.regular.currency",
            "invalid_currency",
        ),
        (
            json!({"regular": {"amount": 12, "currency": "USD", "tax": 1}}),
            "prices.regular.tax",
            "unknown_field",
        ),
        (
            json!({"royal": {"amount": 12, "currency": "USD"}}),
            "prices.royal",
            "unknown_field",
        ),
        (json!({}), "prices", "empty"),
        (json!([]), "prices", "wrong_type"),
    ];
    for (prices, field, code) in cases {
        admin
            .post("/showtimes", &showtime(prices))
            .await
            .expect_flaws(&[(field, code)]);
    }
    let rows = json!({"rows": [{"label": "A", "pattern": "R"}, ["B", "R"]]});
    admin
        .put(&format!("/screens/{id}/layout"), &rows)
        .await
        .expect_flaws(&[("rows[1]", "wrong_type")]);
    world.close().await;
}

#[tokio::test]
async fn a_number_that_no_number_has_room_for_names_its_field() {
    let world = World::open().await;
    let admin = world.admin().await;
    for huge in ["1e309", "-1e309", &"9".repeat(400)] {
        let body = movie("x").to_string().replace("100", huge);
        let body = Some((body.into_bytes(), "application/json"));
        let answer = admin.send_raw(Method::POST, "/movies", body).await;
        answer.expect_flaws(&[("duration_minutes", "out_of_range")]);
    }
    world.close().await;
}

#[tokio::test]
async fn a_field_given_twice_is_refused() {
    let world = World::open().await;
    let twice = r#"{"email": "ann@example.org", "password": "correct horse", "email": "bob@example.org"}"#;
    post_raw(&world, twice, "application/json")
        .await
        .expect_flaws(&[("email", "duplicate_field")]);
    let admin = world.admin().await;
    let prices = r#"{"movie_id": "x", "screen_id": "x", "starts_at": "x", "prices": {"regular": {"amount": 1, "currency":
        "USD"}, "regular": {"amount": 2, "currency": "USD"}}}"#;
    let answer = admin
        .send_raw(Method::POST, "/showtimes", Some((prices.into(), "application/json")))
        .await;
    answer.expect_flaws(&[("prices.regular", "duplicate_field")]);
    world.close().await;
}

#[tokio::test]
async fn no_operation_takes_a_field_it_does_not_know() {
    let world = World::open().await;
    let admin = world.admin().await;
    let mut bodies = 0;
    for operation in operations() {
        let Some(mut body) = operation.example() else { continue };
        bodies += 1;
        for smuggled in [
            "is_admin", "user_id", "price", "amount", "ttl", "status", "version", "id_",
        ] {
            body[smuggled] = json!(1);
            let answer = admin
                .send(operation.method.clone(), &operation.address(), Some(&body))
                .await;
            answer.expect_flaws(&[(smuggled, "unknown_field")]);
            body.as_object_mut().unwrap().remove(smuggled);
        }
    }
    assert_eq!(bodies, 17, "every operation with a body has its example");
    world.close().await;
}

#[tokio::test]
async fn a_misspelt_field_is_told_what_was_meant() {
    let world = World::open().await;
    let admin = world.admin().await;
    let body = with(theater("Lumen"), "is_activ", json!(true));
    let problem = admin.post("/theaters", &body).await.expect_problem(422, "validation");
    assert_eq!(problem["errors"][0]["message"], "is not known; did you mean is_active?");
    world.close().await;
}

#[tokio::test]
async fn a_refusal_never_repeats_a_value() {
    let world = World::open().await;
    let secret = "hunter2hunter2";
    let bodies = [
        json!({"email": "ann@example.org", "password": [secret]}),
        json!({"email": secret, "password": secret, "display_name": secret, "phone": secret}),
        json!({"email": {"x": secret}, "password": secret}),
    ];
    for body in bodies {
        let answer = world.anybody().post("/auth/register", &body).await;
        assert!(!answer.text().contains(secret), "{}", answer.text());
        answer.expect_problem(422, "validation");
    }
    world.close().await;
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_not_a_byte_more() {
    let world = World::open().await;
    let padded = |size: usize| {
        let mut body = LOGIN.as_bytes().to_vec();
        body.resize(size, b' ');
        body
    };
    post_raw(&world, padded(64 * 1024), "application/json")
        .await
        .expect_problem(401, "invalid-credentials");
    post_raw(&world, padded(64 * 1024 + 1), "application/json")
        .await
        .expect_problem(413, "payload-too-large");
    world.close().await;
}

#[tokio::test]
async fn a_body_that_does_not_say_its_size_is_bounded_too() {
    let world = World::open().await;
    let mut socket = Socket::open(&world).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: milo\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    socket.write(head).await;
    let piece = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
    for _ in 0..9 {
        socket.write(&piece).await;
    }
    // The last piece never comes: the answer does not wait for it.
    let answer = socket.answer().await;
    assert_eq!(answer.status, 413, "{answer:?}");
    assert!(answer.body.contains("urn:milo:problem:payload-too-large"), "{answer:?}");
    assert!(answer.header("x-request-id").is_some(), "{answer:?}");
    world.close().await;
}

#[tokio::test]
async fn the_size_of_a_body_can_be_set() {
    let world = World::with(|_| {}, |limits| limits.body_bytes = 1024).await;
    let mut body = LOGIN.as_bytes().to_vec();
    body.resize(1025, b' ');
    post_raw(&world, body, "application/json")
        .await
        .expect_problem(413, "payload-too-large");
    world.close().await;
}
