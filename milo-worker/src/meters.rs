//! The worker's metrics, through the `metrics` facade: without a recorder they cost nothing.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use milo_core::jobs::JobReport;
use milo_core::ports::{Backlog, JobKind};

pub(crate) fn describe() {
    describe_counter!(
        "milo_job_runs_total",
        "Runs of a job, by how they ended: ok, error or panic"
    );
    describe_counter!(
        "milo_job_items_total",
        "Items that a job handled, by what became of them"
    );
    describe_histogram!(
        "milo_job_duration_seconds",
        Unit::Seconds,
        "How long the runs of a job took"
    );
    describe_gauge!(
        "milo_job_lag_seconds",
        Unit::Seconds,
        "How long the oldest item of a queue has waited past its time"
    );
    describe_gauge!(
        "milo_job_last_run_age_seconds",
        Unit::Seconds,
        "How long ago the last run of a job ended"
    );
    describe_gauge!("milo_job_backlog", "How many items of a queue wait");
    describe_gauge!("milo_outbox_parked", "Messages of the outbox that were given up");
    describe_counter!(
        "milo_payments_total",
        "Payments that workers drove, by what became of them"
    );
}

pub(crate) fn run(job: JobKind, result: &'static str, took: Duration) {
    counter!("milo_job_runs_total", "job" => job.as_str(), "result" => result).increment(1);
    histogram!("milo_job_duration_seconds", "job" => job.as_str()).record(took.as_secs_f64());
}

pub(crate) fn items(job: JobKind, report: &JobReport) {
    for (&outcome, &count) in &report.outcomes {
        counter!("milo_job_items_total", "job" => job.as_str(), "outcome" => outcome).increment(count);
        if drives_payments(job) && !moved_nothing(outcome) {
            counter!("milo_payments_total", "outcome" => outcome).increment(count);
        }
    }
}

pub(crate) fn backlog(outbox: &Backlog, payments: &Backlog, parked: u64) {
    for (queue, backlog) in [("outbox", outbox), ("payments", payments)] {
        gauge!("milo_job_lag_seconds", "queue" => queue).set(backlog.oldest.as_secs_f64());
        gauge!("milo_job_backlog", "queue" => queue).set(backlog.count as f64);
    }
    gauge!("milo_outbox_parked").set(parked as f64);
}

pub(crate) fn last_run_age(job: JobKind, age: Duration) {
    gauge!("milo_job_last_run_age_seconds", "job" => job.as_str()).set(age.as_secs_f64());
}

fn drives_payments(job: JobKind) -> bool {
    matches!(job, JobKind::PaymentProcessor | JobKind::Reconciler)
}

/// Outcomes that say nothing about the payment: it was somebody else's to drive, or was not driven for a failure that
/// the job's own counters have.
fn moved_nothing(outcome: &str) -> bool {
    matches!(outcome, "idle" | "lost" | "error")
}
