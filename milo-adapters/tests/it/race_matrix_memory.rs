//! The race matrix in memory, where it runs fast and fails first.

use std::sync::Arc;

use async_trait::async_trait;
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{MemoryPaymentQueue, MemorySeatLocks, MemoryStore};
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::Ports;

use crate::race_matrix::{Stage, race_matrix};
use crate::world::ports_on;

struct Memory {
    ports: Ports,
    store: Arc<MemoryStore>,
    gateway: Arc<SimulatedGateway>,
}

impl Memory {
    async fn new() -> Self {
        let clock = Arc::new(SystemClock);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let gateway = Arc::new(SimulatedGateway::new());
        let ports = ports_on(
            store.clone(),
            Arc::new(MemorySeatLocks::new(clock.clone())),
            Arc::new(MemoryPaymentQueue::new(clock.clone())),
            gateway.clone(),
            clock,
            Arc::new(SystemIds),
        );
        Self { ports, store, gateway }
    }
}

#[async_trait]
impl Stage for Memory {
    fn ports(&self) -> &Ports {
        &self.ports
    }

    fn gateway(&self) -> &SimulatedGateway {
        &self.gateway
    }

    async fn violations(&self) -> Vec<String> {
        self.store.invariants()
    }
}

race_matrix!(Memory::new());
