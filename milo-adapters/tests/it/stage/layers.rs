//! Layers around ports, for tests.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use milo_adapters::layers::{Layer, Layered, Operation, PortFailure};
use milo_core::Ports;
use milo_core::ports::{BookingStore, Catalog, Notifier, Outbox, PaymentGateway, PaymentQueue, SeatLocks};

/// The same ports, every call of a booking through `layer`.
pub(crate) fn around<L: Layer + Clone + 'static>(ports: &Ports, layer: &L) -> Ports {
    Ports {
        catalog: Arc::new(Layered::<dyn Catalog, _>::new(ports.catalog.clone(), layer.clone())),
        bookings: Arc::new(Layered::<dyn BookingStore, _>::new(
            ports.bookings.clone(),
            layer.clone(),
        )),
        outbox: Arc::new(Layered::<dyn Outbox, _>::new(ports.outbox.clone(), layer.clone())),
        locks: Arc::new(Layered::<dyn SeatLocks, _>::new(ports.locks.clone(), layer.clone())),
        queue: Arc::new(Layered::<dyn PaymentQueue, _>::new(ports.queue.clone(), layer.clone())),
        gateway: Arc::new(Layered::<dyn PaymentGateway, _>::new(
            ports.gateway.clone(),
            layer.clone(),
        )),
        notifier: Arc::new(Layered::<dyn Notifier, _>::new(ports.notifier.clone(), layer.clone())),
        ..ports.clone()
    }
}

/// Counts calls: of one operation, or of all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counting {
    only: Option<&'static str>,
    calls: Arc<AtomicUsize>,
}

impl Counting {
    /// Counts calls of this operation only.
    pub(crate) fn of(operation: &'static str) -> Self {
        Self {
            only: Some(operation),
            ..Self::default()
        }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Layer for Counting {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        if self.only.is_none_or(|only| only == operation.name) {
            self.calls.fetch_add(1, Ordering::SeqCst);
        }
        run().await
    }
}
