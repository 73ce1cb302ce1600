//! What is counted.

use metrics::{Unit, counter, describe_counter, describe_histogram};

use crate::problem::Problem;

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
