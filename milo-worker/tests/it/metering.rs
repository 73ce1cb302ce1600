//! The worker's metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use milo_core::jobs::JobReport;
use milo_core::ports::JobKind;
use milo_worker::WakeupBell;

use crate::support::*;

/// Every series as `name{label=value,..}` with its value; a histogram with its number of samples.
fn snapshot(recorder: &DebuggingRecorder) -> BTreeMap<String, f64> {
    let series = recorder.snapshotter().snapshot().into_vec().into_iter();
    series
        .map(|(key, _, _, value)| {
            let labels: Vec<String> = key
                .key()
                .labels()
                .map(|label| format!("{}={}", label.key(), label.value()))
                .collect();
            let value = match value {
                DebugValue::Counter(count) => count as f64,
                DebugValue::Gauge(value) => value.into_inner(),
                DebugValue::Histogram(samples) => samples.len() as f64,
            };
            (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn runs_items_and_payments_are_counted() {
    let recorder = DebuggingRecorder::new();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let job = TestJob::new(JobKind::Reconciler, |number| match number {
        0 => done(JobReport {
            handled: 4,
            more: false,
            outcomes: BTreeMap::from([("captured", 3), ("idle", 1)]),
        }),
        1 => fail("down"),
        _ => Box::pin(async { panic!("a bug") }),
    });
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(2500)).await;

    let seen = snapshot(&recorder);
    let expected = [
        ("milo_job_runs_total{job=reconciler,result=ok}", 1.0),
        ("milo_job_runs_total{job=reconciler,result=error}", 1.0),
        ("milo_job_runs_total{job=reconciler,result=panic}", 1.0),
        ("milo_job_items_total{job=reconciler,outcome=captured}", 3.0),
        ("milo_job_items_total{job=reconciler,outcome=idle}", 1.0),
        ("milo_payments_total{outcome=captured}", 3.0),
        ("milo_job_duration_seconds{job=reconciler}", 3.0),
    ];
    assert_eq!(seen, expected.map(|(name, value)| (name.to_owned(), value)).into());
}

#[tokio::test(start_paused = true)]
async fn only_jobs_that_drive_payments_count_payments() {
    let recorder = DebuggingRecorder::new();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let job = TestJob::new(JobKind::ReservationExpiry, |_| {
        done(JobReport {
            handled: 2,
            more: false,
            outcomes: BTreeMap::from([("expired", 2)]),
        })
    });
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(500)).await;

    let seen = snapshot(&recorder);
    assert!(
        !seen.keys().any(|name| name.starts_with("milo_payments_total")),
        "{seen:?}"
    );
    assert_eq!(
        seen["milo_job_items_total{job=reservation_expiry,outcome=expired}"],
        2.0
    );
}
