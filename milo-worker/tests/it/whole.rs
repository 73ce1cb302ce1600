//! A worker over a whole core in memory.

use std::sync::Arc;
use std::time::Duration;

use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_adapters::auth::Argon2Params;
use milo_core::Milo;
use milo_core::policy::Policy;
use milo_core::ports::{Backlog, JobKind};
use milo_worker::{WakeupBell, Worker, WorkerHandle, WorkerSettings};

use crate::support::*;

fn start_whole() -> WorkerHandle {
    let bell = WakeupBell::default();
    let settings = AdapterSettings {
        argon2: Argon2Params {
            memory_kib: 8,
            passes: 1,
            lanes: 1,
        },
        ..AdapterSettings::default()
    };
    let embedded = Embedded::new(&settings, Arc::new(bell.clone())).unwrap();
    let milo = Milo::new(embedded.ports, Policy::default());
    Worker::start(&milo, &bell, &WorkerSettings::default())
}

#[tokio::test(start_paused = true)]
async fn every_job_of_the_core_runs_soon_after_the_start() {
    let worker = start_whole();
    pass(Duration::from_secs(2)).await;
    let status = worker.status();
    for kind in JobKind::ALL {
        let job = status.job(kind).unwrap();
        assert!(job.runs_total >= 1 && job.errors_total == 0, "{job:?}");
    }
    assert_eq!(status.job(JobKind::PaymentProcessor).unwrap().running, 16);
}

#[tokio::test(start_paused = true)]
async fn the_backlog_is_measured_at_the_start_and_then_once_a_period() {
    let worker = start_whole();
    settle().await;
    let first = worker.status().backlog.expect("measured at the start");
    assert_eq!(
        (first.outbox, first.payments, first.parked),
        (Backlog::default(), Backlog::default(), 0)
    );
    pass(Duration::from_secs(12)).await;
    let age = worker.status().backlog.unwrap().measured_ago;
    assert_eq!(age, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_drains_within_the_wait_of_its_payment_workers() {
    let worker = start_whole();
    pass(Duration::from_millis(500)).await;
    let began = tokio::time::Instant::now();
    assert!(worker.drain(Duration::from_secs(10)).await.is_clean());
    assert!(began.elapsed() <= SECOND, "{:?}", began.elapsed());
}
