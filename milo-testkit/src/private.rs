//! Engines that one test stops, kills and starts as it likes.

use crate::engine::Engine;
use crate::recipes;

/// A Postgres of this test's own, which keeps what it committed.
pub async fn postgres() -> Engine {
    Engine::begin(&recipes::DURABLE_POSTGRES).await
}

/// A Redis of this test's own, which loses everything when it ends.
pub async fn redis() -> Engine {
    Engine::begin(&recipes::REDIS).await
}

/// A RabbitMQ of this test's own, which keeps what it confirmed.
pub async fn rabbitmq() -> Engine {
    Engine::begin(&recipes::RABBITMQ).await
}
