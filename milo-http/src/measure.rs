//! What is counted, and how it is shown.

use std::fmt;
use std::sync::{Arc, OnceLock};

use metrics::{Unit, counter, describe_counter, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::problem::Problem;

/// The text that `/metrics` shows.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    before: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// The process's recorder, installed by the first call. If somebody else has installed another one, this one stays
    /// empty, and they show theirs themselves.
    pub fn global() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| {
            let durations = Matcher::Suffix("_duration_seconds".to_owned());
            let builder = PrometheusBuilder::new().set_buckets_for_metric(durations, &DURATIONS);
            let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another recorder of metrics is installed; /metrics stays empty");
            }
            describe_metrics();
            handle
        });
        Self {
            handle: handle.clone(),
            before: Arc::new(|| {}),
        }
    }

    /// Calls `refresh` before each rendering, for what is only known when somebody asks.
    #[must_use]
    pub fn refreshed_by(self, refresh: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            before: Arc::new(refresh),
            ..self
        }
    }

    /// Folds old samples together; call it every few seconds, or memory grows while nobody asks.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    pub(crate) fn render(&self) -> String {
        (self.before)();
        self.handle.render()
    }
}

/// The bounds of the histograms of durations, in seconds.
const DURATIONS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];

/// Says what the HTTP server's measurements mean.
pub fn describe_metrics() {
    describe_counter!("http_requests_total", "Requests, by method, route and status");
    describe_histogram!(
        "http_request_duration_seconds",
        Unit::Seconds,
        "Time from the head of a request to its answer, by method, route and status"
    );
    describe_counter!("milo_holds_total", "Requests to hold seats, by what became of them");
    describe_counter!("milo_reservations_total", "Requests to reserve, by what became of them");
    describe_counter!(
        "milo_cancellations_total",
        "Requests to cancel a reservation, by what became of them"
    );
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measured {
    Hold,
    Reservation,
    Cancellation,
}

/// Counts one request by what became of it: `done`, or the name of the problem.
pub(crate) fn outcome<T>(what: Measured, done: &'static str, result: &Result<T, Problem>) {
    let outcome = match result {
        Ok(_) => done,
        Err(problem) => problem.kind().name(),
    };
    match what {
        Measured::Hold => counter!("milo_holds_total", "outcome" => outcome).increment(1),
        Measured::Reservation => counter!("milo_reservations_total", "outcome" => outcome).increment(1),
        Measured::Cancellation => counter!("milo_cancellations_total", "outcome" => outcome).increment(1),
    }
}
