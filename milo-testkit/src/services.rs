//! Where the engines are.

/// The URL of a Redis server that all tests share: keep to keys with a [`unique`](crate::unique) prefix.
pub async fn redis() -> String {
    setting("MILO_TEST_REDIS_URL")
}

/// The URL of a RabbitMQ broker that all tests share: keep to names with a [`unique`](crate::unique) prefix.
pub async fn rabbitmq() -> String {
    setting("MILO_TEST_AMQP_URL")
}

/// The URL of a Postgres server on which databases may be made.
pub(crate) async fn postgres() -> String {
    setting("MILO_TEST_POSTGRES_URL")
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}
