use std::sync::Arc;

use milo_core::Ports;
use milo_core::ports::{Clock, IdSource, Wakeup};

use super::wiring::{self, Leaves, Surroundings};
use super::{AdapterSettings, AssemblyError};
use crate::gateway::SimulatedGateway;
use crate::memory::{MemoryCache, MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore};
use crate::system::{SystemClock, SystemIds};

/// A whole Milo in one process: every port over memory, nothing kept.
#[derive(Debug)]
pub struct Embedded {
    /// The ports, decorated with spans, deadlines and a cache of the catalogue.
    pub ports: Ports,
    /// The store behind them, which can be audited.
    pub store: Arc<MemoryStore>,
    /// The lock store behind them.
    pub locks: Arc<MemorySeatLocks>,
    /// The gateway behind them, whose ledger can be read.
    pub gateway: Arc<SimulatedGateway>,
}

impl Embedded {
    /// Everything in memory, on the system's clock, with the jobs of this process behind `wakeup`.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn new(settings: &AdapterSettings, wakeup: Arc<dyn Wakeup>) -> Result<Self, AssemblyError> {
        Self::on(settings, Arc::new(SystemClock), Arc::new(SystemIds), wakeup)
    }

    /// As [`new`](Self::new), with a clock and ids of the caller's.
    ///
    /// # Errors
    /// See [`AssemblyError`].
    pub fn on(
        settings: &AdapterSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        wakeup: Arc<dyn Wakeup>,
    ) -> Result<Self, AssemblyError> {
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let locks = Arc::new(MemorySeatLocks::new(Arc::clone(&clock)));
        let gateway = Arc::new(SimulatedGateway::new());
        let leaves = Leaves {
            locks: locks.clone(),
            cache: Arc::new(MemoryCache::new(Arc::clone(&clock))),
            limiter: Arc::new(MemoryRateLimiter::new(Arc::clone(&clock))),
            queue: Arc::new(MemoryPaymentQueue::new(Arc::clone(&clock))),
            gateway: gateway.clone(),
        };
        let ports = wiring::ports(settings, &store, leaves, Surroundings { clock, ids, wakeup })?;
        Ok(Self {
            ports,
            store,
            locks,
            gateway,
        })
    }
}
