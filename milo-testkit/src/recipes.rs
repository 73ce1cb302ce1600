//! How each engine is made.

use crate::engine::Recipe;
use crate::probe::Probe;

/// Postgres as tests share it: nothing needs to survive its end.
pub(crate) const POSTGRES: Recipe = Recipe {
    command: &[
        "postgres",
        "-c",
        "max_connections=500",
        "-c",
        "shared_preload_libraries=pg_stat_statements",
        "-c",
        "fsync=off",
        "-c",
        "synchronous_commit=off",
        "-c",
        "full_page_writes=off",
    ],
    ..DURABLE_POSTGRES
};

/// Postgres as it is deployed: what it has committed survives.
pub(crate) const DURABLE_POSTGRES: Recipe = Recipe {
    name: "Postgres",
    image: ("MILO_POSTGRES_IMAGE", "postgres:17", "milo-offline/postgres:latest"),
    port: 5432,
    environment: &[("POSTGRES_PASSWORD", "for-tests-only")],
    command: &[
        "postgres",
        "-c",
        "max_connections=200",
        "-c",
        "shared_preload_libraries=pg_stat_statements",
    ],
    url: "postgres://postgres:for-tests-only@127.0.0.1:{port}/postgres",
    probe: Probe::Postgres,
};

/// Redis as it is deployed for holds: nothing is evicted, nothing is kept on disk.
pub(crate) const REDIS: Recipe = Recipe {
    name: "Redis",
    image: ("MILO_REDIS_IMAGE", "redis:8", "milo-offline/redis:latest"),
    port: 6379,
    environment: &[],
    command: &[
        "redis-server",
        "--save",
        "",
        "--appendonly",
        "no",
        "--maxmemory-policy",
        "noeviction",
    ],
    url: "redis://127.0.0.1:{port}",
    probe: Probe::Redis,
};

/// RabbitMQ as it is deployed.
pub(crate) const RABBITMQ: Recipe = Recipe {
    name: "RabbitMQ",
    image: ("MILO_RABBITMQ_IMAGE", "rabbitmq:4", "milo-offline/rabbitmq:latest"),
    port: 5672,
    environment: &[
        ("RABBITMQ_DEFAULT_USER", "tests"),
        ("RABBITMQ_DEFAULT_PASS", "for-tests-only"),
        // An idle scheduler gives its core to the others at once.
        (
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
            "+sbwt none +sbwtdcpu none +sbwtdio none",
        ),
    ],
    command: &["rabbitmq-server"],
    url: "amqp://tests:for-tests-only@127.0.0.1:{port}/%2f",
    probe: Probe::Amqp,
};

/// The setting that names each engine's image, and the image without it.
pub const IMAGES: [(&str, &str); 3] = [
    (POSTGRES.image.0, POSTGRES.image.1),
    (REDIS.image.0, REDIS.image.1),
    (RABBITMQ.image.0, RABBITMQ.image.1),
];
