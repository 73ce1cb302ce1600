use std::num::NonZeroU32;
use std::sync::Arc;

use milo_core::Ports;
use milo_core::ports::{Clock, IdSource, PaymentGateway, PaymentQueue, RateLimiter, SeatLocks, Wakeup};

use super::wiring::{self, Leaves, Surroundings};
use super::{AdapterSettings, AssemblyError, EngineChoice, Engines};
use crate::gateway::SimulatedGateway;
use crate::layers::FallbackRateLimiter;
use crate::memory::{MemoryCache, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore};
use crate::redis::{RedisCache, RedisRateLimiter, RedisSeatLocks};

/// Milo over engines: an engine behind each port for which one was chosen, memory behind the others.
#[derive(Debug)]
pub struct Assembled {
    /// The ports, decorated with spans, deadlines and a cache of the catalogue.
    pub ports: Ports,
    /// What stands behind them.
    pub engines: Engines,
}

impl Assembled {
    /// Puts ports over engines that are connected.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn on(
        settings: &AdapterSettings,
        choice: &EngineChoice,
        engines: Engines,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        wakeup: Arc<dyn Wakeup>,
    ) -> Result<Self, AssemblyError> {
        let leaves = Leaves {
            locks: locks(&engines, &clock),
            cache: match engines.cache() {
                Some(redis) => Arc::new(RedisCache::new(redis.clone())),
                None => Arc::new(MemoryCache::new(Arc::clone(&clock))),
            },
            limiter: limiter(settings, choice, &engines, &clock),
            queue: queue(&engines, &clock),
            gateway: gateway(&engines),
        };
        let surroundings = Surroundings {
            clock: Arc::clone(&clock),
            ids,
            wakeup,
        };
        let ports = match &engines.postgres {
            Some(store) => wiring::ports(settings, store, leaves, surroundings)?,
            None => wiring::ports(settings, &Arc::new(MemoryStore::new(clock)), leaves, surroundings)?,
        };
        Ok(Self { ports, engines })
    }
}

fn locks(engines: &Engines, clock: &Arc<dyn Clock>) -> Arc<dyn SeatLocks> {
    match &engines.redis {
        Some(redis) => Arc::new(RedisSeatLocks::new(redis.clone())),
        None => Arc::new(MemorySeatLocks::new(Arc::clone(clock))),
    }
}

/// While Redis is down, each process counts by itself, and more strictly.
fn limiter(
    settings: &AdapterSettings,
    choice: &EngineChoice,
    engines: &Engines,
    clock: &Arc<dyn Clock>,
) -> Arc<dyn RateLimiter> {
    let local = Arc::new(MemoryRateLimiter::new(Arc::clone(clock)));
    let Some(redis) = engines.cache() else {
        return local;
    };
    let shared = wiring::watched_limiter(Arc::new(RedisRateLimiter::new(redis.clone())), settings.locks_deadline);
    let instances = choice.instances.unwrap_or(NonZeroU32::MIN);
    Arc::new(FallbackRateLimiter::new(shared, local, instances))
}

fn queue(engines: &Engines, clock: &Arc<dyn Clock>) -> Arc<dyn PaymentQueue> {
    match &engines.rabbitmq {
        Some(queue) => queue.clone(),
        None => Arc::new(MemoryPaymentQueue::new(Arc::clone(clock))),
    }
}

fn gateway(engines: &Engines) -> Arc<dyn PaymentGateway> {
    match &engines.gateway {
        Some(gateway) => gateway.clone(),
        None => Arc::new(SimulatedGateway::new()),
    }
}
