//! A client says what it wants, never who it is, what it costs or how long it lasts.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::Insides;
use crate::support::{Cinema, Client, PASSWORD, movie, showtime, text, theater};

/// What somebody might add to a body in the hope that it is taken.
fn smuggled() -> Vec<(&'static str, Value)> {
    let somebody = "0198c5c4-7a54-7c6e-8f3a-2f1f0c7f9b11";
    let cheap = json!({"amount": 1, "currency": "USD"});
    vec![
        ("id", json!(somebody)),
        ("user_id", json!(somebody)),
        ("userId", json!(somebody)),
        ("user", json!({"id": somebody})),
        ("owner_id", json!(somebody)),
        ("author_id", json!(somebody)),
        ("amount", json!(1)),
        ("amount_minor", json!(1)),
        ("total", cheap.clone()),
        ("price", cheap),
        ("price_version", json!(1)),
        ("ttl", json!(315_360_000)),
        ("ttl_seconds", json!(315_360_000)),
        ("ttlSeconds", json!(315_360_000)),
        ("expires_at", json!("2099-01-01T00:00:00Z")),
        ("created_at", json!("2000-01-01T00:00:00Z")),
        ("updated_at", json!("2000-01-01T00:00:00Z")),
        ("is_admin", json!(true)),
        ("admin", json!(true)),
        ("role", json!("ADMIN")),
        ("roles", json!(["ADMIN"])),
        ("state", json!("CONFIRMED")),
        ("status", json!("confirmed")),
        ("payment", json!({"status": "captured"})),
        ("code", json!("7KQ2-9FXM")),
        ("version", json!(7)),
        ("capacity", json!(1)),
        ("seats_available", json!(1)),
        ("__proto__", json!({"is_admin": true})),
    ]
}

/// An operation with a body that it takes.
struct Operation<'a> {
    method: Method,
    /// As the OpenAPI document has it.
    template: &'static str,
    path: String,
    caller: &'a Client,
    body: Value,
    status: u16,
    /// A smuggled name that this operation knows, with another meaning.
    known: Option<&'static str>,
}

impl<'a> Operation<'a> {
    fn new(method: Method, template: &'static str, id: &str, caller: &'a Client, body: Value, status: u16) -> Self {
        let path = format!("/{}", template.replace("{id}", id));
        Self {
            method,
            template,
            path,
            caller,
            body,
            status,
            known: None,
        }
    }

    fn knows(self, known: &'static str) -> Self {
        Self {
            known: Some(known),
            ..self
        }
    }

    async fn send(&self, body: &Value) -> crate::support::Answer {
        self.caller.send(self.method.clone(), &self.path, Some(body)).await
    }
}

/// Every object in a body, itself included: how to find it, and how a problem names it.
fn objects(body: &Value) -> Vec<(String, String)> {
    fn walk(value: &Value, pointer: &str, name: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::Object(fields) => {
                found.push((pointer.to_owned(), name.to_owned()));
                for (field, value) in fields {
                    let dot = if name.is_empty() { "" } else { "." };
                    let (pointer, name) = (format!("{pointer}/{field}"), format!("{name}{dot}{field}"));
                    walk(value, &pointer, &name, found);
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    walk(value, &format!("{pointer}/{index}"), &format!("{name}[{index}]"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(body, "", "", &mut found);
    found
}

/// Everything that can be seen through the API, and what the store has written of bookings.
async fn everything(inside: &Insides, people: &[&Client]) -> Vec<String> {
    let cinema = &inside.cinema;
    let public = [
        "/movies".to_owned(),
        "/theaters".to_owned(),
        "/showtimes".to_owned(),
        format!("/theaters/{}/screens", cinema.theater),
        format!("/screens/{}/layout", cinema.screen),
        format!("/movies/{}/reviews", cinema.movie),
        cinema.map(),
    ];
    let personal = ["/users/me", "/users/me/reviews", "/reservations"];
    let mut seen = Vec::new();
    for path in &public {
        seen.push(inside.world.anybody().get(path).await.expect(200).text());
    }
    for person in people {
        for path in personal {
            seen.push(person.get(path).await.expect(200).text());
        }
    }
    seen.push(format!("{:?}", inside.world.store.audit()));
    seen
}

#[tokio::test]
async fn o4_a_field_that_an_operation_does_not_know_is_refused_and_changes_nothing() {
    let mut inside = Insides::open().await;
    for name in ["ann", "bob"] {
        let buyer = inside.world.person(name).await;
        let seen = inside.cinema.reserve(&buyer, 0..1, "tok_ok").await;
        inside.cinema.seats.rotate_left(1);
        inside.world.settle(&buyer, &seen).await;
    }
    inside.world.clock.advance(Duration::from_hours(25));
    // The film was shown; everybody signs in again, and there is a showtime to come.
    let admin = inside.world.admin().await;
    let ann = inside.world.anybody().sign_in("ann@example.org", PASSWORD).await;
    let bob = inside.world.anybody().sign_in("bob@example.org", PASSWORD).await;
    let anybody = inside.world.anybody();
    let Cinema {
        movie: film,
        theater: house,
        screen,
        ..
    } = &inside.cinema;
    let (film, house, screen) = (film.clone(), house.clone(), screen.clone());
    let next = showtime(&film, &screen, &inside.world.after(Duration::from_hours(24)));
    inside.cinema.showtime = admin.post("/showtimes", &next).await.expect(201).id();
    let hold = text(&inside.cinema.hold(&ann, 0..1).await, "id");
    let reviews = format!("/movies/{film}/reviews");
    let review = json!({"rating": 5, "text": "Did not blink once."});
    let of_ann = ann.post(&reviews, &review).await.expect(201).id();
    let card = json!({"kind": "credit_card", "token": "tok_ok"});
    let seats = inside.cinema.seats.clone();
    let night = inside.world.after(Duration::from_hours(40));
    let show = inside.cinema.showtime.clone();

    let (post, patch, put) = (Method::POST, Method::PATCH, Method::PUT);
    let operation = Operation::new;
    let operations = [
        operation(
            post.clone(),
            "/api/v1/auth/register",
            "",
            &anybody,
            json!({"email": "eve@example.org", "password": PASSWORD, "display_name": "Eve"}),
            201,
        ),
        operation(
            post.clone(),
            "/api/v1/auth/login",
            "",
            &anybody,
            json!({"email": "eve@example.org", "password": PASSWORD}),
            200,
        ),
        operation(
            post.clone(),
            "/api/v1/auth/refresh",
            "",
            &anybody,
            json!({"refresh_token": bob.refresh_token}),
            200,
        ),
        operation(
            post.clone(),
            "/api/v1/auth/logout",
            "",
            &ann,
            json!({"refresh_token": ann.refresh_token}),
            204,
        ),
        operation(post.clone(), "/api/v1/movies", "", &admin, movie("Other"), 201),
        operation(
            patch.clone(),
            "/api/v1/movies/{id}",
            &film,
            &admin,
            json!({"title": "New"}),
            200,
        ),
        operation(
            post.clone(),
            "/api/v1/movies/{id}/reviews",
            &film,
            &bob,
            review.clone(),
            201,
        ),
        operation(
            patch.clone(),
            "/api/v1/reviews/{id}",
            &of_ann,
            &ann,
            json!({"rating": 1}),
            200,
        ),
        operation(post.clone(), "/api/v1/theaters", "", &admin, theater("Other"), 201).knows("state"),
        operation(
            patch.clone(),
            "/api/v1/theaters/{id}",
            &house,
            &admin,
            json!({"city": "Albany"}),
            200,
        )
        .knows("state"),
        operation(
            post.clone(),
            "/api/v1/theaters/{id}/screens",
            &house,
            &admin,
            json!({"name": "Screen 2"}),
            201,
        ),
        operation(
            patch.clone(),
            "/api/v1/screens/{id}",
            &screen,
            &admin,
            json!({"name": "Big"}),
            200,
        ),
        operation(
            put.clone(),
            "/api/v1/screens/{id}/layout",
            &screen,
            &admin,
            json!({"rows": [{"label": "A", "pattern": "RRRR_RRRR"}, {"label": "B", "pattern": "PPP"}]}),
            200,
        ),
        operation(
            post.clone(),
            "/api/v1/showtimes",
            "",
            &admin,
            showtime(&film, &screen, &night),
            201,
        ),
        operation(
            post.clone(),
            "/api/v1/showtimes/{id}/holds",
            &show,
            &bob,
            json!({"seat_ids": [seats[2]]}),
            201,
        ),
        operation(
            post.clone(),
            "/api/v1/reservations",
            "",
            &ann,
            json!({"hold_id": hold, "payment_method": card}),
            201,
        ),
        operation(
            post.clone(),
            "/api/v1/reservations",
            "",
            &bob,
            json!({"showtime_id": show, "seat_ids": [seats[3]], "payment_method": card}),
            201,
        ),
        // Last: a hold is at the prices that it was made at.
        operation(
            patch.clone(),
            "/api/v1/showtimes/{id}",
            &show,
            &admin,
            json!({"prices": {"premium": {"amount": 2000, "currency": "USD"}}}),
            200,
        ),
    ];
    assert_covers_the_document(&operations);

    for operation in &operations {
        let before = everything(&inside, &[&admin, &ann, &bob]).await;
        for (pointer, place) in objects(&operation.body) {
            for (name, value) in smuggled() {
                let mut body = operation.body.clone();
                let object = body.pointer_mut(&pointer).unwrap().as_object_mut().unwrap();
                if object.contains_key(name) || (operation.known == Some(name) && place.is_empty()) {
                    continue;
                }
                object.insert(name.to_owned(), value);
                let field = if place.is_empty() {
                    name.to_owned()
                } else {
                    format!("{place}.{name}")
                };
                let answer = operation.send(&body).await;
                answer.expect_flaws(&[(&field, "unknown_field")]);
            }
        }
        let after = everything(&inside, &[&admin, &ann, &bob]).await;
        assert_eq!(after, before, "{} {}", operation.method, operation.template);
        // Without the smuggled fields it is taken, so nothing was made or spent before.
        operation.send(&operation.body).await.expect(operation.status);
    }
    inside.check();
}

/// A new operation with a body must be tried here too.
fn assert_covers_the_document(operations: &[Operation<'_>]) {
    let documented: BTreeSet<_> = crate::support::operations()
        .into_iter()
        .filter(|operation| operation.document.get("requestBody").is_some())
        .map(|operation| (operation.method.to_string(), operation.path.to_owned()))
        .collect();
    let tried: BTreeSet<_> = operations
        .iter()
        .map(|operation| (operation.method.to_string(), operation.template.to_owned()))
        .collect();
    assert_eq!(tried, documented);
}

#[tokio::test]
async fn o4_owner_amount_and_lifetime_are_the_servers_to_say() {
    let inside = Insides::open().await;
    let ann = inside.world.person("ann").await;
    let me = ann.get("/users/me").await.expect(200).id();
    let begun = inside.world.now();

    let hold = inside.cinema.hold(&ann, 7..9).await;
    let reservation = inside.cinema.reserve(&ann, 0..1, "tok_ok").await;

    // One regular and one premium seat.
    assert_eq!(hold["total"], json!({"amount": 3000, "currency": "USD"}));
    let ends: jiff::Timestamp = text(&hold, "expires_at").parse().unwrap();
    assert_eq!(ends, begun.checked_add(inside.world.milo.policy().hold_ttl).unwrap());
    let ends: jiff::Timestamp = text(&reservation, "expires_at").parse().unwrap();
    assert_eq!(ends, begun.checked_add(inside.world.milo.policy().pay_within).unwrap());
    let audit = inside.world.store.audit();
    let booking = &audit.bookings[0].booking;
    assert_eq!(booking.reservation.user.to_string(), me);
    assert_eq!(booking.payment.amount.amount(), 1250);
}
