//! Bad inputs for every field, parameter and header of every operation: each is refused exactly, and does nothing.

mod addresses;
mod bodies;
mod fields;
mod texts;
mod verdict;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::{Answer, Client, Row, Scene, Socket, inventory};
use verdict::Verdict;

/// The most failures that are told of.
const FAILURES_SHOWN: usize = 60;

/// What came of the inputs of one operation.
#[derive(Default)]
struct Tally {
    refused: usize,
    /// How many were taken, by the reason why they are not bad.
    taken: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

/// One operation, and the scene that it is tried in.
struct Trial<'a> {
    row: &'a Row,
    document: &'static Value,
    /// Of two ways to reserve, the one without a hold.
    direct: bool,
    scene: Scene,
    tally: Tally,
}

/// A request with something wrong in it.
struct Sent {
    what: String,
    path: String,
    header: Option<(&'static str, Vec<Vec<u8>>)>,
    body: Option<(Vec<u8>, &'static str)>,
    verdict: Verdict,
}

impl Trial<'_> {
    /// A good request: path and body, with every field that there is.
    fn good(&self) -> (String, Option<Value>) {
        let request = self.row.request(&self.scene);
        let body = request.body.map(|mut body| {
            if self.direct {
                let seats = &self.scene.cinema.seats[5..7];
                let card = body["payment_method"].take();
                body = json!({"showtime_id": self.scene.cinema.showtime, "seat_ids": seats, "payment_method": card});
            }
            body
        });
        (request.path, body)
    }

    /// The fields that a body cannot have together with the others.
    fn absent(&self) -> &'static [&'static str] {
        match (self.row.operation, self.direct) {
            ("POST /api/v1/reservations", true) => &["hold_id"],
            ("POST /api/v1/reservations", false) => &["showtime_id", "seat_ids"],
            _ => &[],
        }
    }

    async fn run(&mut self) {
        let (_, body) = self.good();
        if let Some(body) = &body {
            let schema = &self.document["requestBody"]["content"]["application/json"]["schema"];
            let fields = fields::fields(schema, body, self.absent());
            for field in fields {
                let count = bodies::of_field(body, &field).len();
                for index in 0..count {
                    // Made anew each time: what must be unique is.
                    let (path, body) = self.good();
                    let bad = bodies::of_field(&body.unwrap(), &field).swap_remove(index);
                    self.send_body(&path, &field.name, bad).await;
                }
            }
            let limit = milo_http::Limits::default().body_bytes;
            let count = bodies::of_body(body, limit).len();
            for index in 0..count {
                let (path, body) = self.good();
                let bad = bodies::of_body(&body.unwrap(), limit).swap_remove(index);
                self.send_body(&path, "the body", bad).await;
            }
        }
        for index in 0..self.addresses().len() {
            let (_, body) = self.good();
            let bad = self.addresses().swap_remove(index);
            let body = body.map(|body| (body.to_string().into_bytes(), "application/json"));
            let sent = Sent {
                what: bad.what,
                path: bad.path,
                header: bad.header,
                body,
                verdict: bad.verdict,
            };
            self.send(sent).await;
        }
    }

    fn addresses(&self) -> Vec<addresses::Bad> {
        let (path, _) = self.good();
        let mut found = addresses::of_query(&path);
        for parameter in self.document["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            match parameter["in"].as_str().unwrap() {
                "query" => found.extend(addresses::of_parameter(&path, parameter)),
                "header" => found.extend(addresses::of_header(&path, name)),
                "path" if name == "id" => {
                    let id = path.split('/').find(|part| part.len() == 36).unwrap();
                    found.extend(addresses::of_id(&path, id));
                }
                // Whatever is no file of the page is not found.
                "path" => found.extend(
                    addresses::of_id(&path, "start.js")
                        .into_iter()
                        .filter(|bad| !bad.what.contains("capitals")),
                ),
                other => panic!("a parameter in the {other}"),
            }
        }
        found
    }

    async fn send_body(&mut self, path: &str, place: &str, bad: bodies::Bad) {
        let sent = Sent {
            what: format!("{place}: {}", bad.what),
            path: path.to_owned(),
            header: None,
            body: Some((bad.bytes, bad.media)),
            verdict: bad.verdict,
        };
        self.send(sent).await;
    }

    async fn send(&mut self, sent: Sent) {
        let what = format!("{}, {}", self.row.operation, sent.what);
        let verdict = self.judge(sent.verdict);
        let mut client: Client = self.row.rightful(&self.scene).clone();
        for value in sent.header.iter().flat_map(|(_, values)| values) {
            client = client.also(sent.header.as_ref().unwrap().0, value);
        }
        let before = self.scene.written();
        let body = sent.body.as_ref().map(|(bytes, media)| (bytes.clone(), *media));
        let answer = client.send_raw(self.row.method(), &sent.path, body).await;
        if let Err(told) = verdict.check(&answer, self.not_told(), self.row.status) {
            self.tally
                .failures
                .push(format!("{what}: expected {verdict:?}, got {told}"));
            return;
        }
        match verdict {
            Verdict::Taken(reason) => {
                *self.tally.taken.entry(reason).or_default() += 1;
                self.scene.spent(&answer);
                self.start_over(&answer).await;
            }
            _ => {
                if before != self.scene.written() {
                    self.tally
                        .failures
                        .push(format!("{what}: it was refused and did something"));
                }
                self.tally.refused += 1;
            }
        }
    }

    /// What the contract says of an operation and a document cannot.
    fn judge(&self, verdict: Verdict) -> Verdict {
        match (self.row.operation, verdict) {
            // Signing out succeeds whatever the token is.
            ("POST /api/v1/auth/logout", Verdict::NotTold) => Verdict::Taken("signing out always succeeds"),
            // Which of the two ways it was to be shows in what is there.
            ("POST /api/v1/reservations", Verdict::Taken("null stands for none" | "it may be left out")) => {
                Verdict::Code("missing")
            }
            (_, verdict) => verdict,
        }
    }

    /// The problem of a credential that is not known.
    fn not_told(&self) -> &'static str {
        if self.row.operation.ends_with("/login") {
            "invalid-credentials"
        } else {
            "invalid-token"
        }
    }

    /// Opens another scene if the request can be taken only once in each.
    async fn start_over(&mut self, answer: &Answer) {
        let once = ["/extend", "/cancel", "/replay", "/holds", "/reviews"];
        let is_once = self.row.method() == Method::DELETE
            || self.direct
            || (self.row.method() == Method::POST && once.iter().any(|end| self.row.operation.ends_with(end)));
        if is_once && answer.status.is_success() {
            let scene = std::mem::replace(&mut self.scene, Scene::open().await);
            scene.world.close().await;
        }
    }
}

async fn try_operation(row: Row, document: &'static Value, direct: bool) -> Tally {
    let scene = Scene::open().await;
    let mut trial = Trial {
        row: &row,
        document,
        direct,
        scene,
        tally: Tally::default(),
    };
    trial.run().await;
    trial.scene.world.close().await;
    trial.tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_input_of_every_operation_is_refused_exactly_and_does_nothing() {
    let mut trials = JoinSet::new();
    let turns = Arc::new(Semaphore::new(4));
    for (row, operation) in inventory() {
        let ways = if row.operation == "POST /api/v1/reservations" {
            2
        } else {
            1
        };
        for way in 0..ways {
            let turns = Arc::clone(&turns);
            trials.spawn(async move {
                let _turn = turns.acquire_owned().await.unwrap();
                try_operation(*row, operation.document, way == 1).await
            });
        }
    }
    let mut total = Tally::default();
    for tally in trials.join_all().await {
        total.refused += tally.refused;
        total.failures.extend(tally.failures);
        for (reason, count) in tally.taken {
            *total.taken.entry(reason).or_default() += count;
        }
    }
    let failures = total.failures.len();
    let shown = total
        .failures
        .iter()
        .take(FAILURES_SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>();
    assert_eq!(
        failures,
        0,
        "{failures} inputs came to something else:\n{}",
        shown.join("\n")
    );
    assert!(total.refused >= 3_000, "only {} inputs were refused", total.refused);
    let taken: usize = total.taken.values().sum();
    // Past the test harness, which shows nothing of a test that passes.
    let mut lines = format!(
        "bad inputs: {} refused without effect, {taken} not bad:\n",
        total.refused
    );
    for (reason, count) in total.taken {
        lines.push_str(&format!("  {count:5} {reason}\n"));
    }
    std::io::stderr().write_all(lines.as_bytes()).unwrap();
}

#[tokio::test]
async fn a_body_of_a_mebibyte_and_a_byte_is_refused_before_it_has_arrived() {
    let scene = Scene::open().await;
    let before = scene.written();
    let mut tried = 0;
    for (row, operation) in inventory() {
        if operation.document.get("requestBody").is_none() {
            continue;
        }
        let path = row.request(&scene).path;
        let token = row.rightful(&scene).token();
        let mut socket = Socket::open(&scene.world).await;
        let head = format!(
            "{} /api/v1{path} HTTP/1.1\r\nhost: milo\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            row.method(),
            1024 * 1024 + 1
        );
        socket.write(head).await;
        // The rest never comes: the answer does not wait for it.
        socket.write(" ".repeat(72 * 1024)).await;
        let answer = socket.answer().await;
        assert_eq!(answer.status, 413, "{}: {answer:?}", row.operation);
        assert!(answer.body.contains("urn:milo:problem:payload-too-large"), "{answer:?}");
        tried += 1;
    }
    assert_eq!(tried, 17, "every operation with a body");
    assert!(before == scene.written(), "a body that is too large did something");
    scene.world.close().await;
}
