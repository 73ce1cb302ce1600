//! What is measured, as text for Prometheus.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::MissedTickBehavior;

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

/// How often samples are folded together.
const UPKEEP: Duration = Duration::from_secs(5);

/// The bounds of the histograms of durations, in seconds.
const DURATIONS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];

impl Metrics {
    /// The media type of [`render`](Self::render).
    pub const MEDIA_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

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

    /// Folds samples together for as long as it is polled, so that they do not pile up while nobody asks.
    pub async fn keep(self) {
        let mut turns = tokio::time::interval(UPKEEP);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            self.handle.run_upkeep();
        }
    }

    /// Everything that was measured so far.
    pub fn render(&self) -> String {
        (self.before)();
        self.handle.render()
    }
}
