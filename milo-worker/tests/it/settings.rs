//! The numbers of a worker.

use std::time::Duration;

use clap::Parser;
use milo_core::ports::JobKind;
use milo_worker::WorkerSettings;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    worker: WorkerSettings,
}

fn parse(arguments: &[&str]) -> Result<WorkerSettings, clap::Error> {
    Line::try_parse_from([&["test"], arguments].concat()).map(|line| line.worker)
}

#[test]
fn what_the_help_says_is_what_the_default_is() {
    assert_eq!(parse(&[]).unwrap(), WorkerSettings::default());
}

#[test]
fn times_are_written_with_their_units() {
    let settings = parse(&["--worker-reconciler", "1m 30s", "--worker-outbox-relay", "250ms"]).unwrap();
    assert_eq!(settings.pace(JobKind::Reconciler).period, Duration::from_secs(90));
    assert_eq!(settings.pace(JobKind::OutboxRelay).period, Duration::from_millis(250));
}

#[test]
fn a_time_without_length_or_unit_is_refused() {
    for text in ["0s", "-5s", "5", "soon"] {
        assert!(parse(&[&format!("--worker-key-purge={text}")]).is_err(), "{text}");
    }
}

#[test]
fn a_jitter_beyond_the_whole_wait_is_refused() {
    for text in ["1.5", "-0.1", "NaN"] {
        assert!(parse(&[&format!("--worker-jitter={text}")]).is_err(), "{text}");
    }
}

#[test]
fn no_payment_worker_at_all_is_refused() {
    assert!(parse(&["--worker-payments", "0"]).is_err());
}
