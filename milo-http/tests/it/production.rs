//! What production refuses to start with.

use std::process::Output;

use crate::process::run;

/// A configuration that production accepts.
const GOOD: [(&str, &str); 5] = [
    ("MILO_MODE", "production"),
    ("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@postgres:5432/milo"),
    ("MILO_REDIS_URL", "redis://milo:Kd72_pMn0q@redis:6379"),
    ("MILO_AMQP_URL", "amqp://milo:yH55.bWc3e@rabbitmq:5672/%2f"),
    (
        "MILO_SIGNING_KEYS",
        "2026a:+bQHl6mIE2VcmZ0oFl1sOEnmAlYlD9JOwyRwfk3UfLY=",
    ),
];

/// Reads the good settings with some of them replaced, without starting anything; an empty value takes one away.
async fn with(changes: &[(&str, &str)]) -> Output {
    let kept = GOOD
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let added = changes.iter().filter(|(_, value)| !value.is_empty());
    let variables: Vec<(&str, &str)> = kept.chain(added).copied().collect();
    run(&["config"], &variables).await
}

#[tokio::test]
async fn a_good_configuration_is_accepted() {
    let output = with(&[]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Settings that are replaced.
type Changes = &'static [(&'static str, &'static str)];

const POSTGRES: &str = "--postgres-url (MILO_POSTGRES_URL): ";
const REDIS: &str = "--redis-url (MILO_REDIS_URL): ";
const CACHE: &str = "--redis-cache-url (MILO_REDIS_CACHE_URL): ";
const AMQP: &str = "--amqp-url (MILO_AMQP_URL): ";
const KEYS: &str = "--signing-keys (MILO_SIGNING_KEYS): ";

const KNOWN: &str = "must not have a password that everybody knows in production";
const NO_PASSWORD: &str = "must have a password in production";
const PLAIN: &str = "must use TLS in production";

/// Every way to be careless that production knows, and the line that it is refused with.
fn bad() -> Vec<(Changes, String)> {
    let line = |setting: &str, what: &str| format!("{setting}{what}");
    vec![
        (
            &[("MILO_POSTGRES_URL", "")],
            line(POSTGRES, "must be set in production"),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://postgres:postgres@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:milo@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:secret@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:Password@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:change-me@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:defaultSecret@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://booking:Booking@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:p%61ssword@db/milo")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@db/milo?password=guest")],
            line(POSTGRES, KNOWN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo@db/milo")],
            line(POSTGRES, NO_PASSWORD),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:@db/milo")],
            line(POSTGRES, NO_PASSWORD),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres:///milo")],
            line(POSTGRES, "must name its host in production"),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@db.example.com/milo")],
            line(POSTGRES, PLAIN),
        ),
        (
            &[("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@203.0.113.9/milo")],
            line(POSTGRES, PLAIN),
        ),
        (
            &[(
                "MILO_POSTGRES_URL",
                "postgres://milo:zQ4-vT81xw@db.example.com/milo?sslmode=prefer",
            )],
            line(POSTGRES, PLAIN),
        ),
        (
            &[(
                "MILO_POSTGRES_URL",
                "postgres://milo:zQ4-vT81xw@db/milo?host=db.example.com",
            )],
            line(POSTGRES, PLAIN),
        ),
        (&[("MILO_REDIS_URL", "redis://redis:6379")], line(REDIS, NO_PASSWORD)),
        (
            &[("MILO_REDIS_URL", "redis://default:foobared@redis:6379")],
            line(REDIS, KNOWN),
        ),
        (
            &[("MILO_REDIS_URL", "redis://milo:Kd72_pMn0q@redis.example.com")],
            line(REDIS, PLAIN),
        ),
        (
            &[("MILO_REDIS_URL", "rediss://milo:Kd72_pMn0q@redis.example.com/#insecure")],
            line(REDIS, PLAIN),
        ),
        (
            &[(
                "MILO_REDIS_URL",
                "redis://milo:Kd72_pMn0q@redis-1,redis://milo:Kd72_pMn0q@198.51.100.7",
            )],
            line(REDIS, PLAIN),
        ),
        (
            &[("MILO_REDIS_CACHE_URL", "redis://cache:6379")],
            line(CACHE, NO_PASSWORD),
        ),
        (
            &[("MILO_REDIS_CACHE_URL", "redis://milo:guest@cache:6379")],
            line(CACHE, KNOWN),
        ),
        (
            &[("MILO_AMQP_URL", "amqp://guest:guest@rabbitmq/%2f")],
            line(AMQP, KNOWN),
        ),
        (&[("MILO_AMQP_URL", "amqp://rabbitmq/%2f")], line(AMQP, NO_PASSWORD)),
        (
            &[("MILO_AMQP_URL", "amqp://milo:yH55.bWc3e@mq.example.com/%2f")],
            line(AMQP, PLAIN),
        ),
        (
            &[("MILO_AMQP_URL", "amqp://milo:yH55.bWc3e@[2001:db8::1]/%2f")],
            line(AMQP, PLAIN),
        ),
        (&[("MILO_SIGNING_KEYS", "")], line(KEYS, "must be set in production")),
        (
            &[("MILO_SIGNING_KEYS", "k:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=")],
            line(KEYS, "must be random in production"),
        ),
        (
            &[("MILO_SIGNING_KEYS", "k:AAECAwABAgMAAQIDAAECAwABAgMAAQIDAAECAwABAgM=")],
            line(KEYS, "must be random in production"),
        ),
        (
            &[("MILO_SIGNING_KEYS", "k:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")],
            line(KEYS, "a signing key's seed must be random"),
        ),
        (
            &[("MILO_SIGNING_KEYS", "k:c2hvcnQ=")],
            line(KEYS, "a signing key's seed must have 32 bytes"),
        ),
        (
            &[("MILO_DEMO", "true")],
            line("--demo (MILO_DEMO): ", "must not be true in production"),
        ),
        (
            &[
                ("MILO_BOOTSTRAP_ADMIN_EMAIL", "root@milo.example"),
                ("MILO_BOOTSTRAP_ADMIN_PASSWORD", "change_me!"),
            ],
            line(
                "--bootstrap-admin-password (MILO_BOOTSTRAP_ADMIN_PASSWORD): ",
                "must not be a password",
            ),
        ),
        (
            &[("MILO_MODE", "prod")],
            line("--mode (MILO_MODE): ", "must be development or production"),
        ),
        (
            &[("MILO_ALLOW_PLAINTEXT", "yes")],
            line("--allow-plaintext (MILO_ALLOW_PLAINTEXT): ", "must be true or false"),
        ),
    ]
}

#[tokio::test]
async fn every_careless_configuration_is_refused_by_name() {
    for (changes, expected) in bad() {
        let output = with(changes).await;
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{changes:?}: {said}");
        assert!(
            said.starts_with(&format!("milo-http: {expected}")),
            "{changes:?}: {said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
        let secrets = [
            "zQ4-vT81xw",
            "Kd72_pMn0q",
            "yH55.bWc3e",
            "foobared",
            "change_me!",
            "c2VjcmV0",
        ];
        assert!(secrets.iter().all(|secret| !said.contains(secret)), "{said}");
    }
}

#[tokio::test]
async fn encrypted_engines_may_be_anywhere_and_plain_ones_if_that_is_allowed() {
    let far: Changes = &[
        (
            "MILO_POSTGRES_URL",
            "postgres://milo:zQ4-vT81xw@db.example.com/milo?sslmode=verify-full",
        ),
        ("MILO_REDIS_URL", "rediss://milo:Kd72_pMn0q@redis.example.com"),
        ("MILO_AMQP_URL", "amqps://milo:yH55.bWc3e@mq.example.com/%2f"),
    ];
    let allowed: Changes = &[
        ("MILO_POSTGRES_URL", "postgres://milo:zQ4-vT81xw@db.example.com/milo"),
        ("MILO_ALLOW_PLAINTEXT", "true"),
    ];
    for changes in [far, allowed] {
        let output = with(changes).await;
        assert!(
            output.status.success(),
            "{changes:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[tokio::test]
async fn development_takes_all_of_it() {
    let mode = [("MILO_MODE", "development")];
    for (changes, refused) in bad() {
        let is_about_values = ["MILO_MODE", "MILO_ALLOW_PLAINTEXT"].contains(&changes[0].0);
        if is_about_values || refused.contains("a signing key's seed") {
            continue;
        }
        let output = with(&[changes, &mode].concat()).await;
        assert!(
            output.status.success(),
            "{changes:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
