//! The binary: settings, subcommands, stopping.

use std::process::{Output, Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::Client;

pub(crate) fn milo(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milo-http"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub(crate) async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    milo(arguments, variables).output().await.unwrap()
}

/// Arguments, variables, and the beginning of the line that they are refused with.
type Case = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    &'static str,
);

#[tokio::test]
async fn a_wrong_setting_stops_the_start_with_one_line() {
    let cases: &[Case] = &[
        (
            &[],
            &[("MILO_BIND", "here")],
            "--bind (MILO_BIND): must be an address and a port, such as 127.0.0.1:8080",
        ),
        (
            &["--bind", "here"],
            &[],
            "--bind (MILO_BIND): must be an address and a port, such as 127.0.0.1:8080",
        ),
        (
            &[],
            &[("MILO_BIND", "192.0.2.1:1")],
            "--bind (MILO_BIND): 192.0.2.1:1 cannot be listened on: ",
        ),
        (
            &[],
            &[("MILO_HOLD_TTL", "8")],
            "--hold-ttl (MILO_HOLD_TTL): must be a time longer than nothing, such as 8m, 30s or 500ms",
        ),
        (
            &["serve", "--hold-ttl", "16m"],
            &[],
            "--hold-ttl (MILO_HOLD_TTL): must not be longer than --hold-lifetime-max",
        ),
        (
            &[],
            &[("MILO_BODY_LIMIT", "")],
            "--body-limit (MILO_BODY_LIMIT): must be a size from 1KiB to 16MiB, such as 64KiB",
        ),
        (
            &[],
            &[("MILO_DEMO", "yes")],
            "--demo (MILO_DEMO): must be true or false",
        ),
        (
            &[],
            &[("MILO_LOG", "loud")],
            "--log (MILO_LOG): must be error, warn, info, debug or trace",
        ),
        (
            &[],
            &[("MILO_LOG_FORMAT", "xml")],
            "--log-format (MILO_LOG_FORMAT): must be pretty or json",
        ),
        (
            &[],
            &[("MILO_LOGIN_LIMIT_ACCOUNT", "10")],
            "--login-limit-account (MILO_LOGIN_LIMIT_ACCOUNT): must be a count and a time, such as 10/15m",
        ),
        (
            &[],
            &[("MILO_USER_SEATS_MAX", "0")],
            "--user-seats-max (MILO_USER_SEATS_MAX): must be a whole number from 1 to 1000",
        ),
        (
            &[],
            &[("MILO_WORKER_JITTER", "2")],
            "--worker-jitter (MILO_WORKER_JITTER): must be a number from 0 to 1",
        ),
        (
            &[],
            &[("MILO_SIGNING_KEYS", "nonsense")],
            "--signing-keys (MILO_SIGNING_KEYS): a signing key must have the form `kid:base64`",
        ),
        (
            &[],
            &[("MILO_BOOTSTRAP_ADMIN_EMAIL", "a@b.example")],
            "MILO_BOOTSTRAP_ADMIN_EMAIL: must come with MILO_BOOTSTRAP_ADMIN_PASSWORD",
        ),
        (
            &[],
            &[("MILO_BOOTSTRAP_ADMIN_PASSWORD", "short")],
            "--bootstrap-admin-password (MILO_BOOTSTRAP_ADMIN_PASSWORD): must have at least 8 characters",
        ),
        (
            &[],
            &[("MILO_GATEWAY_DEADLINE", "1m")],
            "--gateway-deadline (MILO_GATEWAY_DEADLINE): must be shorter than --payment-lease",
        ),
        (
            &[],
            &[("MILO_POSTGRES_URL", "mysql://x")],
            "--postgres-url (MILO_POSTGRES_URL): must be like postgres://user:password@host:5432/database",
        ),
        (
            &[],
            &[("MILO_WORKER", "none")],
            "--worker (MILO_WORKER): none needs MILO_POSTGRES_URL",
        ),
        (
            &["--worker", "none"],
            &[("MILO_POSTGRES_URL", "postgres://milo@localhost/milo")],
            "--worker (MILO_WORKER): none needs MILO_REDIS_URL",
        ),
        (
            &[],
            &[("MILO_REDIS_URL", "redis://a,http://b")],
            "--redis-url (MILO_REDIS_URL): must be like redis://user:password@host:6379",
        ),
        (
            &[],
            &[("MILO_STORE_DEADLINE", "3s")],
            "--postgres-statement-timeout (MILO_POSTGRES_STATEMENT_TIMEOUT): must be shorter than --store-deadline",
        ),
        (
            &[],
            &[("MILO_SIGNING_KEYS_FILE", "/nowhere/at/all")],
            "MILO_SIGNING_KEYS_FILE: the file cannot be read: ",
        ),
        (
            &[],
            &[("MILO_SIGNING_KEYS_FILE", "/dev/null")],
            "MILO_SIGNING_KEYS_FILE: the file must not be empty",
        ),
        (
            &[],
            &[("MILO_SIGNING_KEYS_FILE", "/dev/null"), ("MILO_SIGNING_KEYS", "k:x")],
            "MILO_SIGNING_KEYS_FILE: must not be set together with MILO_SIGNING_KEYS",
        ),
        (&["migrate"], &[], "migrate: needs --postgres-url (MILO_POSTGRES_URL)"),
        (
            &["--hold-tll", "1m"],
            &[],
            "--hold-tll: is not known; did you mean --hold-ttl?",
        ),
        (&["--hold-ttl"], &[], "--hold-ttl (MILO_HOLD_TTL): must have a value"),
        (&["srve"], &[], "srve: is not a command; did you mean serve?"),
        (&["admin"], &[], "a command must come with what to do"),
        (
            &["admin", "create", "--email", "a@b.example"],
            &[],
            "admin create: nothing is kept without MILO_POSTGRES_URL; ",
        ),
    ];
    for (arguments, variables, line) in cases {
        let output = run(arguments, variables).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {variables:?}: {said}");
        let last = said.lines().last().unwrap_or_default();
        assert!(
            last.starts_with(&format!("milo-http: {line}")),
            "{arguments:?} {variables:?}: {said}"
        );
        assert_eq!(
            said.lines().filter(|line| line.starts_with("milo-http: ")).count(),
            1,
            "{said}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test]
async fn a_secret_is_never_shown() {
    let seed = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
    let keys = format!("2026a:{seed}");
    let secrets: &[(&str, &str)] = &[
        ("MILO_SIGNING_KEYS", &keys),
        ("MILO_BOOTSTRAP_ADMIN_EMAIL", "root@milo.example"),
        ("MILO_BOOTSTRAP_ADMIN_PASSWORD", "hunter2hunter2"),
    ];
    for arguments in [
        &["config"][..],
        &["config", "--json"],
        &["--help"],
        &["--hold-ttl", "x"],
    ] {
        let output = run(arguments, secrets).await;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(
            !said.contains("hunter2") && !said.contains(seed),
            "{arguments:?}: {said}"
        );
    }
}

#[tokio::test]
async fn every_setting_is_listed_with_where_its_value_comes_from() {
    let output = run(&["config", "--json", "--hold-ttl", "9m"], &[("MILO_PAY_WITHIN", "11m")]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listed: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let find = |flag: &str| {
        listed
            .iter()
            .find(|one| one["flag"] == flag)
            .unwrap_or_else(|| panic!("{flag} is not listed"))
    };
    let told = |flag: &str| {
        let one = find(flag);
        ["variable", "default", "value", "source"].map(|field| one[field].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(told("--hold-ttl"), ["MILO_HOLD_TTL", "8m", "9m", "flag"]);
    assert_eq!(told("--pay-within"), ["MILO_PAY_WITHIN", "10m", "11m", "variable"]);
    assert_eq!(
        told("--bind"),
        ["MILO_BIND", "127.0.0.1:8080", "127.0.0.1:8080", "default"]
    );
    assert_eq!(told("--signing-keys"), ["MILO_SIGNING_KEYS", "-", "-", "-"]);
    assert_eq!(
        told("--worker-payments"),
        ["MILO_WORKER_PAYMENTS", "16", "16", "default"]
    );
    for one in &listed {
        assert!(one["variable"].as_str().unwrap().starts_with("MILO_"), "{one}");
        assert!(one["meaning"].as_str().is_some_and(|text| text.len() > 10), "{one}");
    }
    let text = run(&["config"], &[]).await;
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.matches("    default ").count(), listed.len());
}

#[tokio::test]
async fn the_document_can_be_printed() {
    let output = run(&["openapi"], &[]).await;
    assert!(output.status.success());
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, *crate::support::DOCUMENT);
}

/// A server that runs with its demo, and what it has said so far.
struct Running {
    process: tokio::process::Child,
    url: String,
    banner: Vec<String>,
}

impl Running {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let mut command = milo(&[], variables);
        command.env("MILO_BIND", "127.0.0.1:0").env("MILO_STOP_NOTICE", "0s");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut banner = Vec::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            let is_last = line.starts_with("curl ");
            banner.push(line);
            if is_last {
                break;
            }
        }
        let url = banner
            .iter()
            .find_map(|line| line.trim().strip_prefix("Milo is running at "));
        let url = url.unwrap_or_else(|| panic!("no address in {banner:?}")).to_owned();
        Self { process, url, banner }
    }

    /// What stands in the banner after this text, up to the next quotation mark.
    fn banner_after(&self, text: &str) -> String {
        let found = self
            .banner
            .iter()
            .find_map(|line| line.split(text).nth(1)?.split('"').next());
        found
            .unwrap_or_else(|| panic!("no {text} in {:?}", self.banner))
            .to_owned()
    }

    /// Tells it to stop, and gives its exit code and its log.
    async fn stop(self) -> (Option<i32>, String) {
        let pid = self.process.id().unwrap().to_string();
        assert!(
            Command::new("sh")
                .args(["-c", &format!("kill -TERM {pid}")])
                .status()
                .await
                .unwrap()
                .success()
        );
        let output = self.process.wait_with_output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
}

#[tokio::test]
async fn without_any_settings_it_serves_a_demo_and_stops_when_told() {
    let running = Running::start(&[("MILO_HODL_TTL", "1m")]).await;
    let shown = reqwest::get(format!("{}/api/v1/showtimes", running.url)).await.unwrap();
    assert_eq!(shown.status().as_u16(), 200);
    // The demo's passwords are on the terminal only.
    let password = running.banner_after("\"password\":\"");
    let (code, log) = running.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("MILO_HODL_TTL is not a setting; did you mean MILO_HOLD_TTL?"),
        "{log}"
    );
    assert!(!log.contains(&password), "{log}");
}

#[tokio::test]
async fn nothing_that_is_secret_or_private_is_logged() {
    let running = Running::start(&[("MILO_LOG", "trace"), ("MILO_LOG_FORMAT", "json")]).await;
    let anybody = Client::new(running.url.clone());
    let (email, password) = ("canary@private.example", "hunter2hunter2");
    let body = json!({"email": email, "password": password, "display_name": "Canary Person", "phone": "+1 555 0199"});
    anybody.post("/auth/register", &body).await.expect(201);
    anybody
        .post("/auth/login", &json!({"email": email, "password": "wrong-hunter2"}))
        .await
        .expect(401);
    let canary = anybody.sign_in(email, password).await;
    canary.get("/users/me").await.expect(200);
    anybody
        .bearing("forged.canary.token")
        .get("/users/me")
        .await
        .expect(401);
    let (showtime, seat) = (
        running.banner_after("/showtimes/"),
        running.banner_after("\"seat_ids\":[\""),
    );
    let showtime = showtime.split('/').next().unwrap();
    let paypal = json!({"kind": "paypal", "token": "tok_canary"});
    let body = json!({"showtime_id": showtime, "seat_ids": [seat], "payment_method": paypal});
    let made = canary
        .with("idempotency-key", "canary-key")
        .post("/reservations", &body)
        .await
        .expect(201)
        .id();
    canary.get(&format!("/reservations/{made}?wait=10")).await.expect(200);
    let (access, refresh) = (canary.token(), canary.refresh_token.clone());
    let (_, log) = running.stop().await;
    assert!(log.contains("/api/v1/auth/register"), "{log}");
    let secrets = [
        email,
        password,
        "wrong-hunter2",
        "Canary Person",
        "555 0199",
        "forged.canary",
        "tok_canary",
        &access,
        &refresh,
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
