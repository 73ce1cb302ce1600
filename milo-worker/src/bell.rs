//! Waking jobs before they are due.

use std::sync::Arc;

use futures_util::FutureExt;
use milo_core::ports::{JobKind, Wakeup};
use tokio::sync::Notify;

/// The core's [`Wakeup`] port for jobs that run in this process.
///
/// It is made first, given to the ports, and then to the worker. A ring is remembered until the job's next run begins, so
/// one that falls into a run is not lost; many rings at once wake a job once.
#[derive(Clone, Debug, Default)]
pub struct WakeupBell {
    notifies: Arc<[Notify; JobKind::ALL.len()]>,
}

impl WakeupBell {
    /// Waits for the next ring for `job`. If several wait, a ring wakes one of them.
    pub(crate) async fn rung(&self, job: JobKind) {
        self.notify(job).notified().await;
    }

    /// Forgets the rings for `job` so far: a run that begins now serves them all.
    pub(crate) fn hush(&self, job: JobKind) {
        let _ = self.notify(job).notified().now_or_never();
    }

    fn notify(&self, job: JobKind) -> &Notify {
        &self.notifies[job as usize]
    }
}

impl Wakeup for WakeupBell {
    fn wake(&self, job: JobKind) {
        self.notify(job).notify_one();
    }
}
