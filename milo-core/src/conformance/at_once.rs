//! Many tasks at once, without a runtime of our own.

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};

/// A piece of work that a runtime can take over.
pub type Task = BoxFuture<'static, ()>;

/// Starts tasks on the runtime of the crate that runs a suite. Any such closure will do.
pub trait Spawn: Send + Sync {
    /// Starts the task and returns at once.
    fn spawn(&self, task: Task);
}

impl<F: Fn(Task) + Send + Sync> Spawn for F {
    fn spawn(&self, task: Task) {
        self(task);
    }
}

/// Runs every task on its own, lets none begin before all are there, and collects their results in their order.
pub async fn at_once<T, Work>(spawn: &dyn Spawn, tasks: impl IntoIterator<Item = Work>) -> Vec<T>
where
    T: Send + 'static,
    Work: Future<Output = T> + Send + 'static,
{
    let (open, gate) = future::ready(()).remote_handle();
    let gate = gate.shared();
    let results: Vec<_> = tasks
        .into_iter()
        .map(|task| {
            let gate = gate.clone();
            let (task, result) = gate.then(|()| task).remote_handle();
            spawn.spawn(task.boxed());
            result
        })
        .collect();
    open.await;
    future::join_all(results).await
}
