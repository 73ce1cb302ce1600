//! A Redis as a test sees it: the adapters on it, its clock, and what lies in it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_adapters::redis::{RedisCache, RedisConnections, RedisRateLimiter, RedisSeatLocks, RedisSettings};
use milo_core::conformance::EngineClock;
use milo_core::conformance::cache::CacheFixture;
use milo_core::conformance::rate_limiter::RateLimiterFixture;
use milo_core::conformance::seat_locks::SeatLocksFixture;
use milo_core::ports::{Cache, RateLimiter, SeatLocks};
use redis::aio::MultiplexedConnection;
use secrecy::ExposeSecret;

/// The keys of one test in a Redis that others use as well.
pub(crate) struct RedisEngine {
    pub(crate) settings: RedisSettings,
    pub(crate) connections: RedisConnections,
    /// A connection of the test's own to each server.
    servers: Vec<MultiplexedConnection>,
}

impl RedisEngine {
    /// On the single server that tests share.
    pub(crate) async fn node() -> Self {
        Self::at(vec![milo_testkit::redis().await]).await
    }

    /// On the cluster that tests share.
    pub(crate) async fn cluster() -> Self {
        Self::at(milo_testkit::redis_cluster().await).await
    }

    pub(crate) async fn at(urls: Vec<String>) -> Self {
        let mut servers = Vec::new();
        for url in &urls {
            let client = redis::Client::open(url.as_str()).unwrap();
            servers.push(client.get_multiplexed_async_connection().await.unwrap());
        }
        let mut settings = RedisSettings::at(urls);
        settings.key_prefix = format!("{}:", milo_testkit::unique("milo"));
        // Tests share the machine with each other; none is about how fast an answer comes.
        settings.connect_timeout = Duration::from_secs(10);
        settings.response_timeout = Duration::from_secs(10);
        Self {
            connections: RedisConnections::new(&settings).unwrap(),
            settings,
            servers,
        }
    }

    /// Seat locks as another process has them: on the same keys, and knowing nothing yet.
    pub(crate) fn seat_locks(&self) -> RedisSeatLocks {
        RedisSeatLocks::new(self.connections.clone())
    }

    /// Asks every server; gives the answers in their order.
    pub(crate) async fn ask_all<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Vec<T> {
        let mut answers = Vec::new();
        for server in &self.servers {
            answers.push(command.query_async(&mut server.clone()).await.unwrap());
        }
        answers
    }

    /// Asks whichever server has the command's key, or all of them if it has none.
    pub(crate) async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> T {
        if let [server] = &self.servers[..] {
            return command.query_async(&mut server.clone()).await.unwrap();
        }
        let urls = self.settings.urls.iter().map(|url| url.expose_secret());
        let client = redis::cluster::ClusterClient::new(urls).unwrap();
        let mut cluster = client.get_async_connection().await.unwrap();
        command.query_async(&mut cluster).await.unwrap()
    }

    /// The keys of this test.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut pattern = redis::cmd("KEYS");
        pattern.arg(format!("{}*", self.settings.key_prefix));
        let mut keys: Vec<String> = self.ask_all::<Vec<String>>(&pattern).await.concat();
        keys.sort_unstable();
        keys
    }

    /// Loses everything, as a server does that restarts.
    pub(crate) async fn wipe(&self) {
        for key in self.keys().await {
            let mut remove = redis::cmd("DEL");
            remove.arg(key);
            let _: () = self.ask(&remove).await;
        }
    }
}

#[async_trait]
impl EngineClock for RedisEngine {
    async fn now(&self) -> Timestamp {
        let (seconds, micros): (i64, i64) = redis::cmd("TIME")
            .query_async(&mut self.servers[0].clone())
            .await
            .unwrap();
        Timestamp::from_microsecond(seconds * 1_000_000 + micros).unwrap()
    }

    async fn advance(&self, by: Duration) {
        tokio::time::sleep(by).await;
    }
}

impl SeatLocksFixture for RedisEngine {
    fn locks(&self) -> Arc<dyn SeatLocks> {
        Arc::new(self.seat_locks())
    }
}

impl CacheFixture for RedisEngine {
    fn cache(&self) -> Arc<dyn Cache> {
        Arc::new(RedisCache::new(self.connections.clone()))
    }
}

impl RateLimiterFixture for RedisEngine {
    fn limiter(&self) -> Arc<dyn RateLimiter> {
        Arc::new(RedisRateLimiter::new(self.connections.clone()))
    }
}
