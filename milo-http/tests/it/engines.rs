//! Several processes that share Postgres, Redis and RabbitMQ.

use std::process::Output;
use std::time::Duration;

use milo_testkit::{Database, rabbitmq, redis, unique};
use serde_json::{Value, json};

use crate::support::process::{Process, Variables, milo_http, milo_worker, program};
use crate::support::{Cinema, Client, PASSWORD};

const ADMIN: &str = "root@milo.example";
const KEYS: &str = "2026a:+bQHl6mIE2VcmZ0oFl1sOEnmAlYlD9JOwyRwfk3UfLY=";

/// Engines of one test: a database, keys and a queue that nobody else uses.
struct Engines {
    database: Database,
    variables: Variables,
}

impl Engines {
    async fn new() -> Self {
        let database = Database::empty().await;
        let variables = vec![
            ("MILO_POSTGRES_URL", database.url()),
            ("MILO_REDIS_URL", redis().await),
            ("MILO_REDIS_PREFIX", format!("{}:", unique("http"))),
            ("MILO_AMQP_URL", rabbitmq().await),
            ("MILO_AMQP_QUEUE", unique("http")),
            ("MILO_SIGNING_KEYS", KEYS.to_owned()),
            ("MILO_BOOTSTRAP_ADMIN_EMAIL", ADMIN.to_owned()),
            ("MILO_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD.to_owned()),
            // Cheap hashes: these tests are not about what they cost.
            ("MILO_ARGON2_MEMORY_KIB", "64".to_owned()),
            ("MILO_ARGON2_PASSES", "1".to_owned()),
            // A few connections, because many tests run at once.
            ("MILO_POSTGRES_CONNECTIONS", "8".to_owned()),
            ("MILO_WORKER_PAYMENTS", "4".to_owned()),
        ];
        Self { database, variables }
    }

    fn with(&self, name: &'static str, value: &str) -> Variables {
        let mut variables = self.variables.clone();
        variables.retain(|(known, _)| *known != name);
        variables.push((name, value.to_owned()));
        variables
    }

    /// A server that leaves the jobs to others.
    async fn server(&self) -> Process {
        Process::start(milo_http(), &self.with("MILO_WORKER", "none")).await
    }

    async fn worker(&self) -> Process {
        Process::start(milo_worker(), &self.variables).await
    }

    /// One command of milo-http, to its end.
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = program(milo_http());
        command
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.output().await.unwrap()
    }
}

async fn person(server: &Process, name: &str) -> Client {
    let client = Client::new(server.url.clone());
    let email = format!("{name}@example.org");
    let body = json!({"email": email, "password": PASSWORD, "display_name": name});
    client.post("/auth/register", &body).await.expect(201);
    client.sign_in(&email, PASSWORD).await
}

async fn admin(server: &Process) -> Client {
    Client::new(server.url.clone()).sign_in(ADMIN, PASSWORD).await
}

/// A showtime that can be booked tomorrow.
async fn cinema(server: &Process) -> Cinema {
    let tomorrow = jiff::Timestamp::now() + Duration::from_hours(24);
    Cinema::open_at(&admin(server).await, &tomorrow.to_string()).await
}

async fn settled(buyer: &Client, reservation: &Value) -> Value {
    let path = format!("/reservations/{}?wait=30", reservation["id"].as_str().unwrap());
    buyer.get(&path).await.expect(200).json()
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[tokio::test]
async fn two_servers_and_two_workers_are_one_milo() {
    let engines = Engines::new().await;
    let (first, second) = tokio::join!(engines.server(), engines.server());
    let workers = tokio::join!(engines.worker(), engines.worker());
    let cinema = cinema(&first).await;
    // Registered with one server, known to the other; its token too.
    let ann = person(&first, "ann").await.at(&second.url);
    let bob = person(&second, "bob").await;

    let reservation = cinema.reserve(&ann, 0..2, "tok_flaky_1").await;
    let paid = settled(&ann.at(&first.url), &reservation).await;

    assert_eq!(paid["status"], "confirmed", "{paid}");
    let seats = json!({"seat_ids": cinema.seats[1..3]});
    for server in [&first, &second] {
        let taken = bob.at(&server.url).post(&cinema.holds(), &seats).await;
        taken.expect_problem(409, "seats-unavailable");
    }
    for worker in [&workers.0, &workers.1] {
        let health = reqwest::get(format!("{}/health", worker.url)).await.unwrap();
        assert_eq!(health.status().as_u16(), 200);
        let shown = reqwest::get(format!("{}/metrics", worker.url)).await.unwrap();
        assert!(shown.text().await.unwrap().contains("milo_job_runs_total"));
    }
    for process in [first, second, workers.0, workers.1] {
        let log = process.log();
        assert_eq!(process.stop().await.0, Some(0), "{log}");
    }
}

#[tokio::test]
async fn what_a_killed_worker_began_another_finishes_once() {
    let mut engines = Engines::new().await;
    engines.variables.push(("MILO_PAYMENT_LEASE", "4s".to_owned()));
    engines.variables.push(("MILO_GATEWAY_DEADLINE", "3s".to_owned()));
    let (server, worker) = tokio::join!(engines.server(), engines.worker());
    let cinema = cinema(&server).await;
    let ann = person(&server, "ann").await;
    let reservation = cinema.reserve(&ann, 0..1, "tok_slow_1500").await;
    let path = format!("/reservations/{}", reservation["id"].as_str().unwrap());
    while ann.get(&path).await.expect(200).json()["payment"]["status"] != "authorizing" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    worker.kill().await;
    let _another = engines.worker().await;

    let paid = settled(&ann, &reservation).await;
    assert_eq!(paid["status"], "confirmed", "{paid}");
    let gateway = milo_adapters::gateway::PgSimulatedGateway::new(&engines.database.url().into(), 1).unwrap();
    let taken: i64 = gateway.ledger().await.unwrap().iter().map(|entry| entry.moved()).sum();
    assert_eq!(taken, 1250, "the money was taken once");
}

#[tokio::test]
async fn what_was_booked_is_still_there_after_a_restart() {
    let engines = Engines::new().await;
    let server = Process::start(milo_http(), &engines.variables).await;
    let cinema = cinema(&server).await;
    let ann = person(&server, "ann").await;
    let reservation = cinema.reserve(&ann, 0..1, "tok_ok").await;
    assert_eq!(settled(&ann, &reservation).await["status"], "confirmed");
    assert_eq!(server.stop().await.0, Some(0));

    let server = Process::start(milo_http(), &engines.variables).await;

    let seen = settled(&ann.at(&server.url), &reservation).await;
    assert_eq!(seen["status"], "confirmed");
}

#[tokio::test]
async fn of_three_servers_that_start_at_once_one_makes_the_demo() {
    let engines = Engines::new().await;
    let variables = engines.with("MILO_DEMO", "true");
    let start = || Process::start(milo_http(), &variables);

    let servers = tokio::join!(start(), start(), start());

    let mut shown = Vec::new();
    let mut greetings = String::new();
    for server in [servers.0, servers.1, servers.2] {
        let list = Client::new(server.url.clone())
            .get("/theaters")
            .await
            .expect(200)
            .json();
        shown.push(list["items"].as_array().unwrap().len());
        greetings.push_str(&server.stop().await.1);
    }
    assert_eq!(shown, [2, 2, 2]);
    assert_eq!(
        greetings.matches("THE DEMO IS KEPT IN THE DATABASE").count(),
        1,
        "{greetings}"
    );
    assert_eq!(
        greetings.matches("There is a catalogue already").count(),
        2,
        "{greetings}"
    );
}

#[tokio::test]
async fn migrating_by_hand_tells_what_was_done() {
    let engines = Engines::new().await;

    let first = engines.run(&["migrate"]).await;
    let second = engines.run(&["migrate", "--json"]).await;

    assert!(said(&first).starts_with("applied 0001 accounts\n"), "{}", said(&first));
    let told: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(told, json!({"applied": []}));
}

#[tokio::test]
async fn a_schema_that_is_behind_is_not_served_when_migrations_are_off() {
    let mut engines = Engines::new().await;
    engines.variables = engines.with("MILO_MIGRATE", "false");

    let output = engines.run(&["serve"]).await;

    assert_eq!(output.status.code(), Some(1));
    let line = "milo-http: the schema of the database is not up to date: run `milo-http migrate`";
    assert!(said(&output).contains(line), "{}", said(&output));
}

#[tokio::test]
async fn an_administrator_made_by_hand_can_sign_in() {
    let engines = Engines::new().await;
    let made = said(&engines.run(&["admin", "create", "--email", "ops@milo.example"]).await);
    let again = said(&engines.run(&["admin", "create", "--email", "ops@milo.example"]).await);
    assert!(
        again.contains("ops@milo.example is an administrator already"),
        "{again}"
    );

    let password = made.lines().last().unwrap().rsplit(' ').next().unwrap();
    let server = engines.server().await;
    let ops = Client::new(server.url.clone())
        .sign_in("ops@milo.example", password)
        .await;
    assert_eq!(ops.get("/users/me").await.expect(200).json()["is_admin"], true);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_one_line_without_a_secret() {
    let mut engines = Engines::new().await;
    engines.variables = engines.with("MILO_POSTGRES_URL", "postgres://milo:hunter2hunter2@127.0.0.1:1/milo");

    let output = engines.run(&["serve"]).await;

    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    let line = text
        .lines()
        .find(|line| line.starts_with("milo-http: "))
        .unwrap_or_default();
    assert!(
        line.contains("Postgres at 127.0.0.1:1/milo cannot be reached"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn secrets_may_come_from_files() {
    let engines = Engines::new().await;
    let file = std::env::temp_dir().join(unique("url"));
    std::fs::write(&file, format!("{}\n", engines.database.url())).unwrap();
    let mut command = program(milo_http());
    let named = command.args(["migrate"]).env("MILO_POSTGRES_URL_FILE", &file);

    let output = named.output().await.unwrap();

    std::fs::remove_file(&file).unwrap();
    assert!(
        said(&output).starts_with("applied 0001 accounts\n"),
        "{}",
        said(&output)
    );
}

#[tokio::test]
async fn one_environment_sets_up_every_program() {
    let engines = Engines::new().await;
    let list = async |path| {
        let output = program(path).args(["config", "--json"]).output().await.unwrap();
        let listed: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        listed
    };
    let mut variables = engines.variables.clone();
    for setting in [list(milo_http()).await, list(milo_worker()).await].concat() {
        let (name, default) = (setting["variable"].as_str().unwrap(), setting["default"].as_str());
        if let Some(default) = default.filter(|_| variables.iter().all(|(known, _)| *known != name)) {
            variables.push((name.to_owned().leak(), default.to_owned()));
        }
    }
    variables.retain(|(name, _)| !["MILO_BIND", "MILO_WORKER_LISTEN", "MILO_LOG_FORMAT"].contains(name));

    for path in [milo_http(), milo_worker()] {
        let process = Process::start(path, &variables).await;
        assert!(!process.log().contains("is not a setting"), "{}", process.log());
    }
}
