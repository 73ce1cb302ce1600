//! Stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use milo_core::jobs::JobReport;
use milo_core::ports::JobKind;
use milo_worker::WakeupBell;
use tokio::time::Instant;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn draining_lets_the_run_under_way_finish() {
    let finished = Arc::new(AtomicBool::new(false));
    let mark = Arc::clone(&finished);
    let job = TestJob::new(JobKind::Reconciler, move |_| {
        let mark = Arc::clone(&mark);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            mark.store(true, Ordering::Relaxed);
            Ok(JobReport {
                more: true,
                ..JobReport::default()
            })
        })
    });
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(SECOND).await;
    let (began, monitor) = (Instant::now(), worker.monitor());

    let drained = worker.drain(Duration::from_secs(10)).await;

    assert!(drained.is_clean());
    assert!(finished.load(Ordering::Relaxed));
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    assert_eq!(job.runs(), 1, "it said that there is more, but no new run may begin");
    assert!(monitor.status().draining);
}

#[tokio::test(start_paused = true)]
async fn a_resting_worker_drains_at_once() {
    let job = TestJob::idle();
    let worker = start(&job, EXACT, &WakeupBell::default());
    settle().await;
    let began = Instant::now();
    assert!(worker.drain(Duration::from_secs(10)).await.is_clean());
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_backs_off_drains_at_once() {
    let job = TestJob::new(JobKind::KeyPurge, |_| fail("down"));
    let worker = start(&job, EXACT, &WakeupBell::default());
    settle().await;
    let began = Instant::now();
    assert!(worker.drain(Duration::from_secs(10)).await.is_clean());
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_end_in_time_is_cut_off_and_named() {
    let job = TestJob::new(JobKind::PaymentProcessor, |number| match number {
        0 => takes(Duration::from_secs(3600)),
        _ => takes(SECOND),
    });
    let worker = start_lanes(&job, EXACT, &WakeupBell::default(), 2);
    pass(Duration::from_millis(500)).await;
    let (began, monitor) = (Instant::now(), worker.monitor());

    let drained = worker.drain(Duration::from_secs(10)).await;

    assert_eq!(drained.aborted, [JobKind::PaymentProcessor]);
    assert_eq!(began.elapsed(), Duration::from_secs(10));
    assert_eq!(monitor.status().job(JobKind::PaymentProcessor).unwrap().running, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_handle_stops_the_worker() {
    let job = TestJob::idle();
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(1500)).await;
    drop(worker);
    pass(Duration::from_secs(10)).await;
    assert_eq!(job.runs(), 2);
}
