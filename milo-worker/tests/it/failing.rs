//! Errors and panics.

use std::time::Duration;

use milo_core::jobs::JobReport;
use milo_core::ports::{JobKind, Wakeup};
use milo_worker::WakeupBell;

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn waits_double_after_errors_up_to_the_longest() {
    let job = TestJob::new(JobKind::Reconciler, |_| fail("down"));
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_secs(16)).await;
    assert_eq!(job.starts(), [0, 1, 3, 7, 11, 15].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_ends_well_ends_the_streak() {
    let job = TestJob::new(JobKind::Reconciler, |number| match number {
        0 | 1 | 3 => fail("down"),
        _ => done(JobReport::default()),
    });
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(5500)).await;
    // Waits of 1 and 2 s, a success, its period of 1 s, an error, and again a wait of 1 s.
    assert_eq!(job.starts(), [0, 1, 3, 4, 5].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn a_ring_does_not_cut_a_back_off_short() {
    let bell = WakeupBell::default();
    let job = TestJob::new(JobKind::OutboxRelay, |number| match number {
        0 => fail("down"),
        _ => done(JobReport::default()),
    });
    let _worker = start(&job, EXACT, &bell);
    pass(Duration::from_millis(300)).await;
    bell.wake(JobKind::OutboxRelay);
    pass(Duration::from_millis(300)).await;
    assert_eq!(job.runs(), 1);
    pass(Duration::from_millis(2000)).await;
    assert_eq!(
        job.starts(),
        [0, 1, 2].map(Duration::from_secs),
        "the run after the wait served the ring"
    );
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_counted_and_the_loop_goes_on() {
    let job = TestJob::new(JobKind::HoldSweep, |number| match number {
        0 => Box::pin(async { panic!("a bug in run {}", 0) }),
        _ => done(JobReport::default()),
    });
    let worker = start(&job, EXACT, &WakeupBell::default());
    settle().await;
    let status = worker.status().job(JobKind::HoldSweep).unwrap().clone();
    assert_eq!((status.panics_total, status.errors_total, status.running), (1, 1, 0));
    assert_eq!(status.last_error.as_deref(), Some("panicked: a bug in run 0"));
    pass(Duration::from_millis(2500)).await;
    assert_eq!(job.starts(), [0, 1, 2].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn a_panic_before_the_first_wait_is_caught_too() {
    let job = TestJob::new(JobKind::HoldSweep, |number| match number {
        0 => panic!("no future at all"),
        _ => done(JobReport::default()),
    });
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(1500)).await;
    assert_eq!(job.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failing_lane_backs_off_alone() {
    let job = TestJob::new(JobKind::PaymentProcessor, |number| match number {
        0 => fail("one poisoned payment"),
        _ => takes(SECOND),
    });
    let _worker = start_lanes(&job, EXACT, &WakeupBell::default(), 2);
    pass(Duration::from_millis(500)).await;
    assert_eq!(job.starts(), [0, 0].map(Duration::from_secs));
    pass(SECOND).await;
    assert_eq!(job.starts(), [0, 0, 1, 1].map(Duration::from_secs));
}
