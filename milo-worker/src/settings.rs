//! The numbers of a worker.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::SignedDuration;
use milo_core::ports::JobKind;

use crate::Pace;

/// How often each job runs, how many payments go on at once, and how failures are waited out.
///
/// Each is a flag and a variable of the environment. Times are written like `500ms`, `5s` or `1m 30s`.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "Worker")]
pub struct WorkerSettings {
    /// How many payments are driven at once
    #[arg(
        long = "worker-payments",
        env = "MILO_WORKER_PAYMENTS",
        value_name = "COUNT",
        default_value = "16"
    )]
    pub payments: NonZeroUsize,

    /// How long a payment worker waits for one message; stopping an idle worker takes as long
    #[arg(long = "worker-payment-wait", env = "MILO_WORKER_PAYMENT_WAIT", value_name = "TIME", value_parser = parse_time, default_value = "1s")]
    pub payment_wait: Duration,

    /// How often the outbox is looked at when nobody rings
    #[arg(long = "worker-outbox-relay", env = "MILO_WORKER_OUTBOX_RELAY", value_name = "TIME", value_parser = parse_time, default_value = "500ms")]
    pub outbox_relay: Duration,

    /// How often payments that are due are looked for: a retry waits this much longer than it must, at most
    #[arg(long = "worker-reconciler", env = "MILO_WORKER_RECONCILER", value_name = "TIME", value_parser = parse_time, default_value = "1s")]
    pub reconciler: Duration,

    /// How often unpaid reservations are expired
    #[arg(long = "worker-reservation-expiry", env = "MILO_WORKER_RESERVATION_EXPIRY", value_name = "TIME", value_parser = parse_time, default_value = "5s")]
    pub reservation_expiry: Duration,

    /// How often lapsed holds are cleared away
    #[arg(long = "worker-hold-sweep", env = "MILO_WORKER_HOLD_SWEEP", value_name = "TIME", value_parser = parse_time, default_value = "5s")]
    pub hold_sweep: Duration,

    /// How often reservations of cancelled showtimes are looked for
    #[arg(long = "worker-showtime-cancellation", env = "MILO_WORKER_SHOWTIME_CANCELLATION", value_name = "TIME", value_parser = parse_time, default_value = "5s")]
    pub showtime_cancellation: Duration,

    /// How often old idempotency keys are cleared away
    #[arg(long = "worker-key-purge", env = "MILO_WORKER_KEY_PURGE", value_name = "TIME", value_parser = parse_time, default_value = "1m")]
    pub key_purge: Duration,

    /// How often the backlogs of the outbox and of the payments are measured
    #[arg(long = "worker-backlog-sample", env = "MILO_WORKER_BACKLOG_SAMPLE", value_name = "TIME", value_parser = parse_time, default_value = "5s")]
    pub backlog_sample: Duration,

    /// How far waits stray from their length at random, as a fraction from 0 to 1
    #[arg(long = "worker-jitter", env = "MILO_WORKER_JITTER", value_name = "FRACTION", value_parser = parse_fraction, default_value = "0.1")]
    pub jitter: f64,

    /// The wait after a job's first error; it doubles with each further one
    #[arg(long = "worker-error-wait", env = "MILO_WORKER_ERROR_WAIT", value_name = "TIME", value_parser = parse_time, default_value = "500ms")]
    pub error_wait: Duration,

    /// The longest wait after an error
    #[arg(long = "worker-error-wait-max", env = "MILO_WORKER_ERROR_WAIT_MAX", value_name = "TIME", value_parser = parse_time, default_value = "30s")]
    pub error_wait_max: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            payments: const { NonZeroUsize::new(16).expect("16 is not zero") },
            payment_wait: Duration::from_secs(1),
            outbox_relay: Duration::from_millis(500),
            reconciler: Duration::from_secs(1),
            reservation_expiry: Duration::from_secs(5),
            hold_sweep: Duration::from_secs(5),
            showtime_cancellation: Duration::from_secs(5),
            key_purge: Duration::from_mins(1),
            backlog_sample: Duration::from_secs(5),
            jitter: 0.1,
            error_wait: Duration::from_millis(500),
            error_wait_max: Duration::from_secs(30),
        }
    }
}

impl WorkerSettings {
    /// The pace of a job of the core.
    ///
    /// A payment worker waits inside its run, for the queue; its period only keeps one from spinning whose queue comes
    /// back empty at once.
    pub fn pace(&self, job: JobKind) -> Pace {
        let (period, jitter) = match job {
            JobKind::PaymentProcessor => (self.payment_wait, 0.0),
            JobKind::Reconciler => (self.reconciler, self.jitter),
            JobKind::OutboxRelay => (self.outbox_relay, self.jitter),
            JobKind::ReservationExpiry => (self.reservation_expiry, self.jitter),
            JobKind::HoldSweep => (self.hold_sweep, self.jitter),
            JobKind::ShowtimeCancellation => (self.showtime_cancellation, self.jitter),
            JobKind::KeyPurge => (self.key_purge, self.jitter),
        };
        Pace {
            period,
            jitter,
            error_wait: self.error_wait,
            error_wait_max: self.error_wait_max,
        }
    }
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time: SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    match Duration::try_from(time) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("must be longer than nothing".to_owned()),
    }
}

fn parse_fraction(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}
