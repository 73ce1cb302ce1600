//! What the handlers share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use milo_core::Milo;
use milo_process::{Health, Metrics};
use salvo::Depot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::measure::describe_metrics;
use crate::problem::{Problem, ProblemType};

/// The bounds of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// The longest time from the head of a request to its answer. A long poll may take its own wait in addition.
    pub request_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024,
            request_time: Duration::from_secs(30),
        }
    }
}

/// One application: the core, and what an HTTP process adds to it.
pub struct App {
    pub(crate) milo: Milo,
    pub(crate) limits: Limits,
    pub(crate) health: Health,
    pub(crate) metrics: Metrics,
    stopping: CancellationToken,
    unfinished: TaskTracker,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl App {
    /// An application over a core. `metrics` is what `/metrics` shows.
    pub fn new(milo: Milo, limits: Limits, health: Health, metrics: Metrics) -> Self {
        describe_metrics();
        Self {
            milo,
            limits,
            health,
            metrics,
            stopping: CancellationToken::new(),
            unfinished: TaskTracker::new(),
        }
    }

    /// The application of a request.
    pub(crate) fn of(depot: &Depot) -> Result<&Arc<Self>, Problem> {
        depot.get_typed::<Arc<Self>>().map_err(|_| {
            tracing::error!("the service was built without its application");
            Problem::internal()
        })
    }

    /// Ready turns 503 and long polls end. Requests that are under way go on.
    pub fn begin_stop(&self) {
        self.stopping.cancel();
    }

    /// Ends when the application begins to stop.
    pub(crate) async fn stopped(&self) {
        self.stopping.cancelled().await;
    }

    /// Whether the application has begun to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Waits until every write that somebody began is done, also those whose client has gone.
    pub async fn finished(&self) {
        self.unfinished.close();
        self.unfinished.wait().await;
    }

    /// Runs a write to its end, whatever becomes of the request: when a client hangs up, the server drops the
    /// handler's future wherever it waits, and half of an act must not be lost with it.
    pub(crate) async fn finish<T, F>(self: Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let unfinished = self.unfinished.clone();
        match unfinished.spawn(work(self).in_current_span()).await {
            Ok(done) => done,
            Err(error) if error.is_panic() => Err(Problem::internal()),
            Err(_) => Err(Problem::new(ProblemType::Unavailable, "The server is stopping.")),
        }
    }
}
