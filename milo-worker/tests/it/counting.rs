//! What a worker tells about itself.

use std::collections::BTreeMap;
use std::time::Duration;

use milo_core::jobs::JobReport;
use milo_core::ports::JobKind;
use milo_worker::WakeupBell;

use crate::support::*;

fn report(outcome: &'static str, count: u64) -> JobReport {
    JobReport {
        handled: count as usize,
        more: false,
        outcomes: BTreeMap::from([(outcome, count)]),
    }
}

#[tokio::test(start_paused = true)]
async fn the_status_adds_up_what_runs_did() {
    let job = TestJob::new(JobKind::Reconciler, |number| match number {
        0 => done(report("captured", 3)),
        1 => done(report("declined", 1)),
        2 => fail("down"),
        _ => done(report("captured", 2)),
    });
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(3500)).await;

    let status = worker.status().job(JobKind::Reconciler).unwrap().clone();
    assert_eq!(status.runs_total, 3);
    assert_eq!(status.handled_total, 6);
    assert_eq!(status.outcomes, BTreeMap::from([("captured", 5), ("declined", 1)]));
    assert_eq!((status.errors_total, status.panics_total), (1, 0));
    assert_eq!(status.consecutive_errors, 0, "the last run ended well");
    assert_eq!(status.last_error.as_deref(), Some("booking_store: down"));
    assert_eq!(status.next_run_in, Some(Duration::from_millis(500)));
}

#[tokio::test(start_paused = true)]
async fn the_status_tells_when_runs_start_and_end() {
    let job = TestJob::new(JobKind::HoldSweep, |number| match number {
        0 => takes(Duration::from_millis(200)),
        _ => takes(Duration::from_millis(900)),
    });
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(100)).await;

    let first = worker.status().job(JobKind::HoldSweep).unwrap().clone();
    assert_eq!((first.running, first.ended_ago, first.next_run_in), (1, None, None));
    assert_eq!(first.started_ago, Some(Duration::from_millis(100)));

    pass(Duration::from_millis(1400)).await;
    let second = worker.status().job(JobKind::HoldSweep).unwrap().clone();
    assert_eq!(second.running, 1);
    assert_eq!(second.started_ago, Some(Duration::from_millis(500)));
    assert_eq!(second.ended_ago, Some(Duration::from_millis(1300)));
    assert_eq!(second.last_duration, Some(Duration::from_millis(200)));
}

#[tokio::test(start_paused = true)]
async fn a_streak_of_errors_is_counted_while_it_lasts() {
    let job = TestJob::new(JobKind::KeyPurge, |_| fail("down"));
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_secs(8)).await;
    let status = worker.status().job(JobKind::KeyPurge).unwrap().clone();
    assert_eq!((status.consecutive_errors, status.runs_total), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn the_status_stays_readable_after_the_worker_has_stopped() {
    let job = TestJob::idle();
    let worker = start(&job, EXACT, &WakeupBell::default());
    pass(Duration::from_millis(500)).await;
    let monitor = worker.monitor();
    let _ = worker.drain(SECOND).await;
    assert_eq!(monitor.status().job(JobKind::OutboxRelay).unwrap().runs_total, 1);
}
