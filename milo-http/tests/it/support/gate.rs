//! A call that waits for the test.

use std::sync::Arc;

use milo_adapters::layers::{Layer, Operation, PortFailure};
use tokio::sync::Semaphore;

/// Holds one operation of a port up, before it is made, until the gate is opened.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    port: &'static str,
    operation: &'static str,
    entered: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn before(port: &'static str, operation: &'static str) -> Self {
        Self {
            port,
            operation,
            entered: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until somebody waits at the gate.
    pub(crate) async fn entered(&self) {
        self.entered.acquire().await.unwrap().forget();
    }

    /// Lets everybody through from now on.
    pub(crate) fn open(&self) {
        self.open.close();
    }
}

impl Layer for Gate {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        if (operation.port, operation.name) == (self.port, self.operation) {
            self.entered.add_permits(1);
            // Nobody is ever given a permit: the gate is opened by closing it for good.
            let _opened = self.open.acquire().await;
        }
        run().await
    }
}
