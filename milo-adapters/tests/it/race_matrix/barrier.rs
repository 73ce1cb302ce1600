//! A gate that an act comes to on its way.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use milo_adapters::layers::{Layer, Operation, PortFailure};
use milo_core::Ports;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::stage::around;

/// Stops whoever makes the call with a certain number, until it is opened.
#[derive(Clone, Debug)]
pub(super) struct Barrier(Arc<Gate>);

#[derive(Debug)]
struct Gate {
    stop_at: usize,
    calls: AtomicUsize,
    reached: Semaphore,
    opened: Semaphore,
}

impl Barrier {
    /// Stops before the call that has so many before it.
    pub(super) fn before(stop_at: usize) -> Self {
        Self(Arc::new(Gate {
            stop_at,
            calls: AtomicUsize::new(0),
            reached: Semaphore::new(0),
            opened: Semaphore::new(0),
        }))
    }

    /// The same ports, whose calls are counted and stopped.
    pub(super) fn around(&self, ports: &Ports) -> Ports {
        around(ports, self)
    }

    /// Waits until the act stands at the barrier, or has ended without coming to it.
    pub(super) async fn reached_or_done(&self, mut act: JoinHandle<()>) -> Option<JoinHandle<()>> {
        tokio::select! {
            biased;
            ended = &mut act => {
                ended.expect("an act fails only as an act may");
                None
            }
            reached = self.0.reached.acquire() => {
                drop(reached.expect("nobody closes it"));
                Some(act)
            }
        }
    }

    /// Lets the act go on.
    pub(super) fn open(&self) {
        self.0.opened.add_permits(1);
    }
}

impl Layer for Barrier {
    async fn around<T, E, Run, Answer>(&self, _operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        if self.0.calls.fetch_add(1, Ordering::SeqCst) == self.0.stop_at {
            self.0.reached.add_permits(1);
            drop(self.0.opened.acquire().await);
        }
        run().await
    }
}
