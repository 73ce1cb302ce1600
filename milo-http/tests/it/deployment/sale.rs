//! Many buyers of one showtime who do not give up.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::Deployment;
use super::audit::Audit;
use crate::support::{Answer, Client, PASSWORD, movie, showtime, text, theater};

/// How long a buyer tries; what is broken must be mended long before.
const BUYING_TIME: Duration = Duration::from_secs(150);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// A showtime that is on sale.
pub(super) struct Sale {
    pub(super) showtime: String,
    pub(super) seats: Vec<String>,
}

/// What became of one buyer.
#[derive(Clone, Debug)]
pub(super) struct Bought {
    pub(super) reservation: String,
    pub(super) seats: Vec<String>,
    pub(super) status: String,
    /// How often the buyer was told that something is not available at the moment.
    pub(super) unavailable: usize,
}

impl Sale {
    /// A house of 200 seats, half a day ahead.
    pub(super) async fn open(deployment: &Deployment) -> Self {
        let admin = deployment.admin().await;
        let film = admin.post("/movies", &movie("The Long Take")).await.expect(201).id();
        let house = admin.post("/theaters", &theater("Lumen")).await.expect(201).id();
        let screen = json!({"name": "Screen 1", "kind": "imax"});
        let screen = admin
            .post(&format!("/theaters/{house}/screens"), &screen)
            .await
            .expect(201)
            .id();
        let rows: Vec<Value> = ('A'..='J')
            .map(|label| json!({"label": label, "pattern": "RRRRRRRRRRRRRRRRRRRR"}))
            .collect();
        let layout = admin
            .put(&format!("/screens/{screen}/layout"), &json!({"rows": rows}))
            .await;
        let layout = layout.expect(200).json();
        let rows = layout["rows"].as_array().unwrap().iter();
        let seats = rows
            .flat_map(|row| row["seats"].as_array().unwrap())
            .map(|seat| text(seat, "id"));
        let starts_at = Timestamp::now().checked_add(SignedDuration::from_hours(12)).unwrap();
        let body = showtime(&film, &screen, &starts_at.to_string());
        Self {
            seats: seats.collect(),
            showtime: admin.post("/showtimes", &body).await.expect(201).id(),
        }
    }

    /// So many buyers of two seats each, who begin one after the other over `over`. Two of them want the same seats.
    pub(super) async fn buyers(
        &self,
        deployment: &Deployment,
        count: usize,
        over: Duration,
    ) -> Vec<JoinHandle<Bought>> {
        let mut buyers = Vec::new();
        for number in 0..count {
            let client = signed_in(&deployment.anybody(), number).await;
            let buyer = Buyer {
                client,
                number,
                showtime: self.showtime.clone(),
                seats: self.seats.clone(),
            };
            let wait = over.mul_f64(number as f64 / count as f64);
            buyers.push(tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                let bought = tokio::time::timeout(BUYING_TIME, buyer.buy()).await;
                bought.unwrap_or_else(|_| panic!("buyer {number} got no ticket within {BUYING_TIME:?}"))
            }));
        }
        buyers
    }

    /// Waits for the buyers and holds what they say against the store and the gateway; gives what they got.
    pub(super) async fn closed(&self, deployment: &Deployment, buyers: Vec<JoinHandle<Bought>>) -> Vec<Bought> {
        let mut all = Vec::new();
        for buyer in buyers {
            all.push(buyer.await.unwrap());
        }
        let mut sold = BTreeSet::new();
        for bought in all.iter().filter(|bought| bought.status == "confirmed") {
            for seat in &bought.seats {
                assert!(sold.insert(seat), "seat {seat} was sold twice: {all:#?}");
            }
        }
        let audit = Audit::of(&deployment.engines.postgres).await;
        audit.check(all.iter().map(|bought| &bought.reservation)).await;
        for bought in &all {
            let booking = audit.booking(&bought.reservation).await;
            assert_eq!(booking.reservation.status.as_str(), bought.status, "{bought:?}");
        }
        all
    }
}

async fn signed_in(anybody: &Client, number: usize) -> Client {
    let email = format!("buyer{number}@example.org");
    let body = json!({"email": email, "password": PASSWORD, "display_name": format!("Buyer {number}")});
    anybody.post("/auth/register", &body).await.expect(201);
    anybody.sign_in(&email, PASSWORD).await
}

struct Buyer {
    client: Client,
    number: usize,
    showtime: String,
    seats: Vec<String>,
}

impl Buyer {
    /// Every seventh card is declined, every fifth needs a second try.
    fn token(&self) -> &'static str {
        match self.number {
            number if number % 7 == 6 => "tok_declined",
            number if number % 5 == 4 => "tok_flaky_1",
            _ => "tok_ok",
        }
    }

    async fn buy(&self) -> Bought {
        let mut unavailable = 0;
        let (seats, reserved) = self.reserve(&mut unavailable).await;
        let path = format!("/reservations/{}?wait=5", text(&reserved, "id"));
        loop {
            let seen = self
                .ask(Method::GET, &path, None, "", &mut unavailable)
                .await
                .expect(200)
                .json();
            let status = text(&seen, "status");
            if status != "pending_payment" && status != "paying" {
                return Bought {
                    reservation: text(&seen, "id"),
                    seats,
                    status,
                    unavailable,
                };
            }
        }
    }

    /// Tries one pair of seats after the other.
    async fn reserve(&self, unavailable: &mut usize) -> (Vec<String>, Value) {
        let pairs = self.seats.len() / 2;
        for attempt in 0.. {
            let pair = (self.number / 2 + attempt * 7) % pairs;
            let seats = self.seats[pair * 2..pair * 2 + 2].to_vec();
            let key = format!("{}-{attempt}", self.number);
            let body = match self.hold(&seats, &key, unavailable).await {
                Held::Yes(hold) => json!({"hold_id": hold}),
                Held::Refused => continue,
                Held::Unavailable => json!({"showtime_id": self.showtime, "seat_ids": seats}),
            };
            let mut body = body;
            body["payment_method"] = json!({"kind": "credit_card", "token": self.token()});
            let answer = self
                .ask(
                    Method::POST,
                    "/reservations",
                    Some(&body),
                    &format!("r-{key}"),
                    unavailable,
                )
                .await;
            match answer.status.as_u16() {
                200 | 201 => return (seats, answer.json()),
                // Sold, lapsed, or forgotten by a Redis that lost everything: other seats, another hold.
                404 | 409 | 410 => {}
                other => panic!("{other}: {}", answer.text()),
            }
        }
        unreachable!("a buyer tries on until its time is over")
    }

    async fn hold(&self, seats: &[String], key: &str, unavailable: &mut usize) -> Held {
        let path = format!("/showtimes/{}/holds", self.showtime);
        let client = self.client.with("idempotency-key", &format!("h-{key}"));
        let answer = client
            .try_send(Method::POST, &path, Some(&json!({"seat_ids": seats})))
            .await;
        let Some(answer) = answer else {
            *unavailable += 1;
            tokio::time::sleep(PAUSE).await;
            return Held::Unavailable;
        };
        match answer.status.as_u16() {
            200 | 201 => Held::Yes(answer.id()),
            409 => Held::Refused,
            503 => {
                is_clear(&answer);
                *unavailable += 1;
                Held::Unavailable
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }

    /// Asks until somebody answers: the same request with the same key, at the next instance.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: &str,
        unavailable: &mut usize,
    ) -> Answer {
        let client = if key.is_empty() {
            self.client.clone()
        } else {
            self.client.with("idempotency-key", key)
        };
        loop {
            match client.try_send(method.clone(), path, body).await {
                Some(answer) if answer.status.as_u16() == 503 => is_clear(&answer),
                Some(answer) => return answer,
                None => {}
            }
            *unavailable += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

enum Held {
    Yes(String),
    Refused,
    Unavailable,
}

/// A 503 says what it is and when to come back.
fn is_clear(answer: &Answer) {
    let problem = answer.json();
    assert_eq!(problem["type"], "urn:milo:problem:unavailable", "{problem}");
    assert!(answer.header("retry-after").is_some(), "{problem}");
}
