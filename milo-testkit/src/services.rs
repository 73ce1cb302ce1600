//! The engines that all tests of a process share.

use tokio::sync::OnceCell;

use crate::engine::{Engine, Recipe};
use crate::recipes;

/// An engine that the first test to need it starts.
struct Shared {
    setting: &'static str,
    recipe: &'static Recipe,
    engine: OnceCell<Engine>,
}

impl Shared {
    const fn new(setting: &'static str, recipe: &'static Recipe) -> Self {
        Self {
            setting,
            recipe,
            engine: OnceCell::const_new(),
        }
    }

    async fn url(&self) -> String {
        match std::env::var(self.setting) {
            Ok(url) => url,
            Err(_) => self.engine.get_or_init(|| Engine::begin(self.recipe)).await.url(),
        }
    }
}

static POSTGRES: Shared = Shared::new("MILO_TEST_POSTGRES_URL", &recipes::POSTGRES);
static REDIS: Shared = Shared::new("MILO_TEST_REDIS_URL", &recipes::REDIS);
static RABBITMQ: Shared = Shared::new("MILO_TEST_AMQP_URL", &recipes::RABBITMQ);

/// The URL of a Redis server that all tests share: keep to keys with a [`unique`](crate::unique) prefix.
pub async fn redis() -> String {
    REDIS.url().await
}

/// The URL of a RabbitMQ broker that all tests share: keep to names with a [`unique`](crate::unique) prefix.
pub async fn rabbitmq() -> String {
    RABBITMQ.url().await
}

/// The URL of a Postgres server on which databases may be made.
pub(crate) async fn postgres() -> String {
    POSTGRES.url().await
}
