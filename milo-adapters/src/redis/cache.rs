use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use milo_core::ports::{Cache, PortError};

use super::connections::RedisConnections;
use super::errors::Call;
use super::millis;
use super::request::Command;

const PORT: &str = "cache";

/// A cache in Redis. The server may evict entries whenever it likes, if it holds nothing but caches and buckets.
///
/// While Redis is down every call fails at once, which costs next to nothing; [`CachedCatalog`](crate::layers::CachedCatalog)
/// passes by a cache that fails.
#[derive(Debug)]
pub struct RedisCache {
    connections: RedisConnections,
}

impl RedisCache {
    /// The most bytes of an entry: 4 MiB. What is larger is not kept, and what it replaces is gone; it would keep everybody
    /// else on the connection waiting.
    pub const BYTES_MAX: usize = 4 << 20;

    /// A cache over `connections`.
    pub fn new(connections: RedisConnections) -> Self {
        Self { connections }
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, name: &str) -> Result<Option<Arc<[u8]>>, PortError> {
        let get = Command::on("GET", self.connections.keys().cached(name));
        let bytes: Option<Vec<u8>> = self.connections.ask(Call::read(PORT), &get).await?;
        Ok(bytes.map(Arc::from))
    }

    async fn put(&self, name: &str, bytes: Arc<[u8]>, ttl: Duration) -> Result<(), PortError> {
        let key = self.connections.keys().cached(name);
        let put = if bytes.len() > Self::BYTES_MAX || ttl.is_zero() {
            Command::on("DEL", key)
        } else {
            Command::on("SET", key).arg(&bytes[..]).arg("PX").arg(millis(ttl))
        };
        self.connections.ask(Call::write(PORT), &put).await
    }
}
