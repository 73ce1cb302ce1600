//! Postgres, Redis and RabbitMQ, with a database, a prefix and a queue of one test's own.

use std::sync::Arc;

use async_trait::async_trait;
use lapin::options::QueuePurgeOptions;
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::Ports;
use milo_core::ports::PaymentQueue;

use super::Stage;
use crate::postgres::PgEngine;
use crate::rabbitmq::Rig;
use crate::redis::RedisEngine;
use crate::world::ports_on;

/// All three engines, and a gateway that every process of the test talks to.
pub(crate) struct Engines {
    ports: Ports,
    postgres: PgEngine,
    redis: RedisEngine,
    rabbit: Rig,
    gateway: Arc<SimulatedGateway>,
}

impl Engines {
    pub(crate) async fn new() -> Self {
        let (postgres, redis, rabbit) = tokio::join!(PgEngine::new(), RedisEngine::node(), Rig::new());
        let gateway = Arc::new(SimulatedGateway::new());
        Self {
            ports: ports(&postgres, &redis, rabbit.queue.clone(), &gateway),
            postgres,
            redis,
            rabbit,
            gateway,
        }
    }
}

fn ports(
    postgres: &PgEngine,
    redis: &RedisEngine,
    queue: Arc<dyn PaymentQueue>,
    gateway: &Arc<SimulatedGateway>,
) -> Ports {
    ports_on(
        postgres.store.clone(),
        Arc::new(redis.seat_locks()),
        queue,
        gateway.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemIds),
    )
}

#[async_trait]
impl Stage for Engines {
    fn ports(&self) -> &Ports {
        &self.ports
    }

    async fn process(&self) -> Ports {
        let queue = self.rabbit.another_process().await;
        ports(&self.postgres, &self.redis, queue, &self.gateway)
    }

    fn gateway(&self) -> &SimulatedGateway {
        &self.gateway
    }

    async fn violations(&self) -> Vec<String> {
        let found = self.postgres.store.invariants().await.unwrap();
        found.iter().map(ToString::to_string).collect()
    }

    async fn wipe_locks(&self) {
        self.redis.wipe().await;
    }

    async fn wipe_queue(&self) {
        let channel = self.rabbit.operator().await.channel().await;
        for queue in [self.rabbit.name().to_owned(), self.rabbit.dead()] {
            channel
                .queue_purge(queue.into(), QueuePurgeOptions::default())
                .await
                .unwrap();
        }
    }
}
