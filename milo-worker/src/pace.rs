//! When a job runs next.

use std::time::Duration;

use rand::RngExt;

/// How long a job rests between two runs. Both draw their jitter at random, so that workers that started together, or
/// failed together, do not stay together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// From the start of a run to the start of the next, unless the job is woken or says that more waits.
    pub period: Duration,
    /// How far a wait strays from its length, as a fraction of it: 0.1 is up to 10 % less or more. 0 to 1.
    pub jitter: f64,
    /// The wait after a first error, from the end of the run; it doubles with each further one.
    pub error_wait: Duration,
    /// The longest wait after an error.
    pub error_wait_max: Duration,
}

impl Pace {
    /// The time between two starts, with jitter.
    pub(crate) fn rest(&self) -> Duration {
        self.stray(self.period)
    }

    /// How long to wait after `errors` failures in a row (1 for the first), with jitter.
    pub(crate) fn back_off(&self, errors: u32) -> Duration {
        let doublings = 1_u32.checked_shl(errors.saturating_sub(1)).unwrap_or(u32::MAX);
        self.stray(self.error_wait.saturating_mul(doublings).min(self.error_wait_max))
    }

    fn stray(&self, wait: Duration) -> Duration {
        let jitter = self.jitter.clamp(0.0, 1.0);
        wait.mul_f64(1.0 + rand::rng().random_range(-jitter..=jitter))
    }
}
