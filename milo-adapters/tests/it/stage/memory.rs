//! Everything in memory, where it runs fast and fails first.

use std::sync::Arc;

use async_trait::async_trait;
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{MemoryPaymentQueue, MemorySeatLocks, MemoryStore};
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::Ports;

use super::Stage;
use crate::world::ports_on;

/// Engines in memory, on the system's clock.
pub(crate) struct Memory {
    ports: Ports,
    store: Arc<MemoryStore>,
    locks: Arc<MemorySeatLocks>,
    queue: Arc<MemoryPaymentQueue>,
    gateway: Arc<SimulatedGateway>,
}

impl Memory {
    pub(crate) async fn new() -> Self {
        let clock = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let locks = Arc::new(MemorySeatLocks::new(clock.clone()));
        let queue = Arc::new(MemoryPaymentQueue::new(clock.clone()));
        let gateway = Arc::new(SimulatedGateway::new());
        let ports = ports_on(
            store.clone(),
            locks.clone(),
            queue.clone(),
            gateway.clone(),
            clock,
            Arc::new(SystemIds),
        );
        Self {
            ports,
            store,
            locks,
            queue,
            gateway,
        }
    }
}

#[async_trait]
impl Stage for Memory {
    fn ports(&self) -> &Ports {
        &self.ports
    }

    async fn process(&self) -> Ports {
        self.ports.clone()
    }

    fn gateway(&self) -> &SimulatedGateway {
        &self.gateway
    }

    async fn violations(&self) -> Vec<String> {
        self.store.invariants()
    }

    async fn wipe_locks(&self) {
        self.locks.wipe();
    }

    async fn wipe_queue(&self) {
        self.queue.wipe();
    }
}
