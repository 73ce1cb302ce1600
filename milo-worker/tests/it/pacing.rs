//! When jobs run.

use std::time::Duration;

use milo_core::jobs::JobReport;
use milo_core::ports::{JobKind, Wakeup};
use milo_worker::{Pace, WakeupBell};

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn a_job_runs_at_once_and_then_once_a_period() {
    let job = TestJob::idle();
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(3500)).await;
    assert_eq!(job.starts(), [0, 1, 2, 3].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn the_period_counts_from_start_to_start() {
    let job = TestJob::new(JobKind::HoldSweep, |_| takes(Duration::from_millis(400)));
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(2500)).await;
    assert_eq!(job.starts(), [0, 1, 2].map(Duration::from_secs));
}

#[tokio::test(start_paused = true)]
async fn a_ring_wakes_a_job_before_its_period_is_over() {
    let (job, bell) = (TestJob::idle(), WakeupBell::default());
    let _worker = start(&job, EXACT, &bell);
    pass(Duration::from_millis(300)).await;
    bell.wake(JobKind::OutboxRelay);
    settle().await;
    assert_eq!(job.starts(), [0, 300].map(Duration::from_millis));
}

#[tokio::test(start_paused = true)]
async fn a_ring_for_one_job_does_not_wake_another() {
    let (job, bell) = (TestJob::idle(), WakeupBell::default());
    let _worker = start(&job, EXACT, &bell);
    pass(Duration::from_millis(300)).await;
    for other in JobKind::ALL.into_iter().filter(|kind| *kind != JobKind::OutboxRelay) {
        bell.wake(other);
    }
    settle().await;
    assert_eq!(job.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_ring_during_a_run_is_not_lost() {
    let bell = WakeupBell::default();
    let job = TestJob::new(JobKind::OutboxRelay, |_| takes(Duration::from_millis(200)));
    let _worker = start(&job, EXACT, &bell);
    pass(Duration::from_millis(100)).await;
    bell.wake(JobKind::OutboxRelay);
    pass(Duration::from_millis(150)).await;
    assert_eq!(job.starts(), [0, 200].map(Duration::from_millis));
}

#[tokio::test(start_paused = true)]
async fn many_rings_at_once_wake_a_job_once() {
    let (job, bell) = (TestJob::idle(), WakeupBell::default());
    let _worker = start(&job, EXACT, &bell);
    pass(Duration::from_millis(300)).await;
    for _ in 0..50 {
        bell.wake(JobKind::OutboxRelay);
    }
    pass(Duration::from_millis(300)).await;
    assert_eq!(job.runs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_more_runs_again_at_once() {
    let job = TestJob::new(JobKind::Reconciler, |number| {
        done(JobReport {
            more: number < 4,
            ..JobReport::default()
        })
    });
    let _worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(10)).await;
    assert_eq!(job.starts(), [Duration::ZERO; 5]);
}

#[tokio::test(start_paused = true)]
async fn rests_stray_from_the_period_within_the_jitter_and_differ() {
    let job = TestJob::idle();
    let pace = Pace { jitter: 0.2, ..EXACT };
    let _worker = start(&job, pace, &WakeupBell::default());
    pass(Duration::from_secs(200)).await;
    let starts = job.starts();
    let rests: Vec<Duration> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(rests.len() >= 160, "{} rests", rests.len());
    // Paused time moves in whole milliseconds.
    let within = Duration::from_millis(799)..=Duration::from_millis(1201);
    assert!(rests.iter().all(|rest| within.contains(rest)), "{rests:?}");
    assert!(rests.iter().any(|rest| *rest < Duration::from_millis(900)));
    assert!(rests.iter().any(|rest| *rest > Duration::from_millis(1100)));
}

#[tokio::test(start_paused = true)]
async fn no_more_runs_go_on_at_once_than_there_are_lanes() {
    let job = TestJob::new(JobKind::PaymentProcessor, |_| takes(SECOND));
    let worker = start_lanes(&job, EXACT, &WakeupBell::default(), 4);
    pass(Duration::from_millis(500)).await;
    assert_eq!(job.runs(), 4);
    assert_eq!(worker.status().job(JobKind::PaymentProcessor).unwrap().running, 4);
    pass(SECOND).await;
    assert_eq!(job.runs(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_slow_run_holds_up_its_own_lane_only() {
    let job = TestJob::new(JobKind::PaymentProcessor, |number| match number {
        0 => takes(Duration::from_secs(60)),
        _ => takes(SECOND),
    });
    let _worker = start_lanes(&job, EXACT, &WakeupBell::default(), 2);
    pass(Duration::from_millis(9500)).await;
    assert_eq!(job.runs(), 1 + 10);
}
