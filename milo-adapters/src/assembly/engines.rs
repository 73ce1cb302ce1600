use std::num::NonZeroU32;
use std::sync::Arc;

use milo_core::ports::Clock;

use super::EngineError;
use crate::gateway::PgSimulatedGateway;
use crate::postgres::{PgSettings, PgStore};
use crate::rabbitmq::{RabbitPaymentQueue, RabbitSettings};
use crate::redis::{RedisConnections, RedisSettings};

/// Where the engines are. Each is chosen by itself; the memory of this process stands in for one that is not.
#[derive(Clone, Debug, Default)]
pub struct EngineChoice {
    /// Keeps everything of record, and the books of the simulated payment gateway.
    pub postgres: Option<PgSettings>,
    /// Keeps holds, and must not evict.
    pub redis: Option<RedisSettings>,
    /// Keeps the cache and the rate limits; none shares the connections of the holds.
    pub redis_cache: Option<RedisSettings>,
    /// Wakes payment workers.
    pub rabbitmq: Option<RabbitSettings>,
    /// How many processes share the rate limits: while their Redis is down, each allows only its part. None is one.
    pub instances: Option<NonZeroU32>,
}

/// The engines that were chosen, connected. Clones are the same connections.
#[derive(Clone, Debug)]
pub struct Engines {
    /// The store of record.
    pub postgres: Option<Arc<PgStore>>,
    /// The books of the simulated payment gateway, in the same database.
    pub gateway: Option<Arc<PgSimulatedGateway>>,
    /// Where the holds are.
    pub redis: Option<RedisConnections>,
    /// Where the cache and the rate limits are, if not with the holds.
    pub redis_cache: Option<RedisConnections>,
    /// The queue.
    pub rabbitmq: Option<Arc<RabbitPaymentQueue>>,
}

/// The most connections of the simulated gateway: it stands in for somebody else's machine, so it does not share ours.
const GATEWAY_CONNECTIONS: u32 = 4;

impl Engines {
    /// Connects to the engines. Postgres must answer; Redis and RabbitMQ may come later, since seats can be sold without
    /// them. `clock` stamps what is buried in the queue. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn connect(choice: &EngineChoice, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        let (mut postgres, mut gateway) = (None, None);
        if let Some(settings) = &choice.postgres {
            postgres = Some(Arc::new(PgStore::connect(settings).await?));
            gateway = Some(Arc::new(PgSimulatedGateway::new(&settings.url, GATEWAY_CONNECTIONS)?));
        }
        let redis = choice.redis.as_ref().map(RedisConnections::new).transpose()?;
        let redis_cache = choice.redis_cache.as_ref().map(RedisConnections::new).transpose()?;
        let rabbitmq = match &choice.rabbitmq {
            Some(settings) => Some(Arc::new(RabbitPaymentQueue::start(settings.clone(), clock)?)),
            None => None,
        };
        Ok(Self {
            postgres,
            gateway,
            redis,
            redis_cache,
            rabbitmq,
        })
    }

    /// Where the cache and the rate limits are.
    pub(super) fn cache(&self) -> Option<&RedisConnections> {
        self.redis_cache.as_ref().or(self.redis.as_ref())
    }

    /// Ends the connections to Postgres after their present calls. The others end with their last clone.
    pub async fn close(&self) {
        if let Some(store) = &self.postgres {
            store.close().await;
        }
        if let Some(gateway) = &self.gateway {
            gateway.disconnect().await;
        }
    }
}
