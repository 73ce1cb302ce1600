//! The binary: what it refuses, and what it tells.

use std::process::{Output, Stdio};

use tokio::process::Command;

async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milo-worker"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command.output().await.unwrap()
}

const POSTGRES: (&str, &str) = ("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@127.0.0.1:1/milo");
const REDIS: (&str, &str) = ("MILO_REDIS_URL", "redis://milo:Kd72_pMn0q@127.0.0.1:1");
const PRODUCTION: (&str, &str) = ("MILO_MODE", "production");

/// Variables, and the beginning of the line that they are refused with.
type Case = (&'static [(&'static str, &'static str)], &'static str);

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_line() {
    let cases: &[Case] = &[
        (
            &[],
            "--postgres-url (MILO_POSTGRES_URL): must be set: without a shared store a worker shares no work",
        ),
        (
            &[POSTGRES],
            "--redis-url (MILO_REDIS_URL): must be set: seats that this worker frees would stay taken",
        ),
        (
            &[POSTGRES, REDIS, ("MILO_WORKER_LISTEN", "here")],
            "--listen (MILO_WORKER_LISTEN): must be an address",
        ),
        (
            &[POSTGRES, REDIS, ("MILO_WORKER_PAYMENTS", "0")],
            "--worker-payments (MILO_WORKER_PAYMENTS): ",
        ),
        (
            &[POSTGRES, REDIS, ("MILO_GATEWAY_DEADLINE", "1m")],
            "--gateway-deadline (MILO_GATEWAY_DEADLINE): must be shorter",
        ),
        (
            &[
                PRODUCTION,
                REDIS,
                ("MILO_POSTGRES_URL", "postgres://postgres:postgres@db/milo"),
            ],
            "--postgres-url (MILO_POSTGRES_URL): must not have a password that everybody knows in production",
        ),
        (
            &[
                PRODUCTION,
                POSTGRES,
                REDIS,
                ("MILO_AMQP_URL", "amqp://guest:guest@localhost/%2f"),
            ],
            "--amqp-url (MILO_AMQP_URL): must not have a password that everybody knows in production",
        ),
        (
            &[
                PRODUCTION,
                POSTGRES,
                ("MILO_REDIS_URL", "redis://milo:Kd72_pMn0q@redis.example.com"),
            ],
            "--redis-url (MILO_REDIS_URL): must use TLS in production",
        ),
    ];
    for (variables, line) in cases {
        let output = run(&[], variables).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{variables:?}: {said}");
        assert!(
            said.starts_with(&format!("milo-worker: {line}")),
            "{variables:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_one_line_without_a_secret() {
    let output = run(&[], &[POSTGRES, REDIS]).await;
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("milo-worker: Postgres at 127.0.0.1:1/milo cannot be reached"),
        "{said}"
    );
    assert!(!said.contains("zQ4-vT81xw") && !said.contains("Kd72_pMn0q"), "{said}");
}

#[tokio::test]
async fn it_lists_its_settings_and_withholds_secrets() {
    let output = run(&["config", "--json"], &[POSTGRES]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let find = |flag: &str| listed.iter().find(|one| one["flag"] == flag).unwrap();
    assert_eq!(find("--listen")["default"], "127.0.0.1:9090");
    let url = find("--postgres-url");
    assert_eq!(
        (&url["value"], &url["source"]),
        (&"(withheld)".into(), &"variable".into())
    );
    assert_eq!(url["file_variable"], "MILO_POSTGRES_URL_FILE");
}

#[tokio::test]
async fn it_says_what_it_is() {
    for (argument, expected) in [("--version", "milo-worker "), ("--help", "Drives Milo's payments")] {
        let output = run(&[argument], &[]).await;
        assert!(output.status.success());
        assert!(
            String::from_utf8(output.stdout).unwrap().starts_with(expected),
            "{argument}"
        );
    }
}
