//! How processes start on engines, and the commands of operators.

use std::process::Output;
use std::time::Duration;

use milo_testkit::{free_port, unique};
use serde_json::{Value, json};

use super::{Engines, Process};
use crate::process;
use crate::support::{Client, PASSWORD};

const KEYS: &str = "2026a:+bQHl6mIE2VcmZ0oFl1sOEnmAlYlD9JOwyRwfk3UfLY=";

/// What every process of one deployment is told.
fn common(engines: &Engines) -> Vec<(&'static str, String)> {
    vec![
        ("MILO_POSTGRES_URL", engines.postgres.clone()),
        ("MILO_POSTGRES_CONNECTIONS", "8".to_owned()),
        ("MILO_POSTGRES_ACQUIRE_TIMEOUT", "3s".to_owned()),
        ("MILO_REDIS_URL", engines.redis.clone()),
        ("MILO_REDIS_PREFIX", format!("{}:", engines.names)),
        ("MILO_AMQP_URL", engines.amqp.clone()),
        ("MILO_AMQP_QUEUE", engines.names.clone()),
        ("MILO_SIGNING_KEYS", KEYS.to_owned()),
        ("MILO_ARGON2_MEMORY_KIB", "64".to_owned()),
        ("MILO_ARGON2_PASSES", "1".to_owned()),
        ("MILO_STOP_NOTICE", "0s".to_owned()),
    ]
}

/// A server on a free port, and where it is.
async fn server(common: &[(&'static str, String)], more: &[(&str, &str)]) -> (Process, String) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut variables: Vec<(String, String)> = common
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    variables.push(("MILO_BIND".to_owned(), address.clone()));
    let url = format!("http://{address}");
    let process = Process::start("milo-http", format!("{url}/health/ready"), variables).await;
    (process, url)
}

/// One command of milo-http, to its end.
async fn command(common: &[(&'static str, String)], arguments: &[&str], more: &[(&str, &str)]) -> Output {
    let mut variables: Vec<(&str, &str)> = common.iter().map(|(name, value)| (*name, value.as_str())).collect();
    variables.retain(|(name, _)| more.iter().all(|(changed, _)| changed != name));
    variables.extend(more);
    process::run(arguments, &variables).await
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_servers_that_start_at_once_one_makes_the_demo() {
    let engines = Engines::shared().await;
    let common = common(&engines);
    let start = || server(&common, &[("MILO_DEMO", "true")]);

    let servers = tokio::join!(start(), start(), start());

    let (mut theaters, mut greetings) = (Vec::new(), String::new());
    for (process, url) in [servers.0, servers.1, servers.2] {
        let listed = Client::new(url).get("/theaters").await.expect(200).json();
        theaters.push(listed["items"].as_array().unwrap().len());
        greetings.push_str(&process.log());
    }
    assert_eq!(theaters, [2, 2, 2]);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_alone_pays_by_itself_and_finds_everything_again_after_a_restart() {
    let engines = Engines::shared().await;
    let (mut process, url) = server(&common(&engines), &[("MILO_DEMO", "true")]).await;
    let anybody = Client::new(url.clone());
    let body = json!({"email": "bob@example.org", "password": PASSWORD, "display_name": "Bob"});
    anybody.post("/auth/register", &body).await.expect(201);
    let bob = anybody.sign_in("bob@example.org", PASSWORD).await;
    // The greeting's third line names a showtime and two seats.
    let log = process.log();
    let after = |text: &str| {
        log.split(text)
            .nth(1)
            .unwrap()
            .split(['/', '"'])
            .next()
            .unwrap()
            .to_owned()
    };
    let (showtime, seat) = (after("/api/v1/showtimes/"), after("\"seat_ids\":[\""));
    let method = json!({"kind": "paypal", "token": "tok_flaky_1"});
    let body = json!({"showtime_id": showtime, "seat_ids": [seat], "payment_method": method});
    let reservation = bob.post("/reservations", &body).await.expect(201).id();
    let path = format!("/reservations/{reservation}?wait=30");
    assert_eq!(bob.get(&path).await.expect(200).json()["status"], "confirmed");

    assert_eq!(process.terminate().await.code(), Some(0));
    process.restart().await;

    assert_eq!(bob.get(&path).await.expect(200).json()["status"], "confirmed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_shows_its_engines_its_jobs_and_its_measurements() {
    let engines = Engines::shared().await;
    let address = format!("127.0.0.1:{}", free_port());
    let mut variables: Vec<(String, String)> = common(&engines)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    variables.push(("MILO_WORKER_LISTEN".to_owned(), address.clone()));
    let _worker = Process::start("milo-worker", format!("http://{address}/health"), variables).await;

    let health = reqwest::get(format!("http://{address}/health")).await.unwrap();
    // It serves before its jobs have run once.
    let measured = eventually(&format!("http://{address}/metrics"), "milo_job_runs_total{").await;

    let health: Value = serde_json::from_str(&health.text().await.unwrap()).unwrap();
    let lines = health["dependencies"].as_array().unwrap();
    for name in [
        "booking_store",
        "redis",
        "rabbitmq",
        "job_outbox_relay",
        "job_payment_processor",
    ] {
        assert!(
            lines.iter().any(|line| line["name"] == name),
            "{name} is not in {health}"
        );
    }
    assert!(measured.contains("milo_job_runs_total{"), "{measured}");
}

/// What is at an address once it contains a text, or at last.
async fn eventually(url: &str, text: &str) -> String {
    let begun = tokio::time::Instant::now();
    loop {
        let answer = reqwest::get(url).await.unwrap().text().await.unwrap();
        if answer.contains(text) || begun.elapsed() > Duration::from_secs(30) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn migrating_by_hand_tells_what_was_done() {
    let engines = Engines::shared().await;

    let first = command(&common(&engines), &["migrate"], &[]).await;
    let second = command(&common(&engines), &["migrate", "--json"], &[]).await;

    assert!(said(&first).starts_with("applied 0001 accounts\n"), "{}", said(&first));
    let told: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(told, json!({"applied": []}));
}

#[tokio::test]
async fn a_schema_that_is_behind_is_not_served_when_migrations_are_off() {
    let engines = Engines::shared().await;

    let output = command(&common(&engines), &["serve"], &[("MILO_MIGRATE", "false")]).await;

    assert_eq!(output.status.code(), Some(1));
    let line = "milo-http: the schema of the database is not up to date: run `milo-http migrate`";
    assert!(said(&output).contains(line), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_made_by_hand_can_sign_in() {
    let engines = Engines::shared().await;
    let common = common(&engines);
    let create = ["admin", "create", "--email", "ops@milo.example"];
    let made = said(&command(&common, &create, &[]).await);
    let again = said(&command(&common, &create, &[]).await);
    assert!(
        again.contains("ops@milo.example is an administrator already"),
        "{again}"
    );

    let password = made.lines().last().unwrap().rsplit(' ').next().unwrap();
    let (_server, url) = server(&common, &[]).await;
    let ops = Client::new(url).sign_in("ops@milo.example", password).await;
    assert_eq!(ops.get("/users/me").await.expect(200).json()["is_admin"], true);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_one_line_without_a_secret() {
    let engines = Engines::shared().await;
    let nowhere = [("MILO_POSTGRES_URL", "postgres://milo:hunter2hunter2@127.0.0.1:1/milo")];

    let output = command(&common(&engines), &["serve"], &nowhere).await;

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
    let engines = Engines::shared().await;
    let file = std::env::temp_dir().join(unique("url"));
    std::fs::write(&file, format!("{}\n", engines.postgres)).unwrap();

    let output = process::run(&["migrate"], &[("MILO_POSTGRES_URL_FILE", file.to_str().unwrap())]).await;

    std::fs::remove_file(&file).unwrap();
    assert!(
        said(&output).starts_with("applied 0001 accounts\n"),
        "{}",
        said(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_environment_sets_up_every_program() {
    let engines = Engines::shared().await;
    let mut variables: Vec<(String, String)> = common(&engines)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for program in ["milo-http", "milo-worker"] {
        let listed = tokio::process::Command::new(super::process::path(program))
            .args(["config", "--json"])
            .output();
        let listed: Vec<Value> = serde_json::from_slice(&listed.await.unwrap().stdout).unwrap();
        for setting in listed {
            let (name, default) = (setting["variable"].as_str().unwrap(), setting["default"].as_str());
            if let Some(default) = default.filter(|_| variables.iter().all(|(known, _)| known != name)) {
                variables.push((name.to_owned(), default.to_owned()));
            }
        }
    }
    let at_any_port = |name: &str| {
        let address = format!("127.0.0.1:{}", free_port());
        let mut variables = variables.clone();
        variables.retain(|(known, _)| known != name);
        variables.push((name.to_owned(), address.clone()));
        (address, variables)
    };

    let (http, for_http) = at_any_port("MILO_BIND");
    let server = Process::start("milo-http", format!("http://{http}/health/ready"), for_http).await;
    let (page, for_worker) = at_any_port("MILO_WORKER_LISTEN");
    let worker = Process::start("milo-worker", format!("http://{page}/health"), for_worker).await;

    for log in [server.log(), worker.log()] {
        assert!(!log.contains("is not a setting"), "{log}");
    }
}
