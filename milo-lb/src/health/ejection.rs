//! Passive checks: what clients' requests tell, and how long a node is left alone for it.

use std::time::{Duration, Instant};

use super::Outcome;
use crate::config::EjectionConfig;

/// How long a node must have been ready before its ejections are forgotten: at least so long, and at least as long as the last one took.
const GOOD_TIME_MIN: Duration = Duration::from_secs(10);
/// Doubling further would change nothing: the times have a maximum.
const DOUBLINGS_MAX: u32 = 20;

/// Why a node was ejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Broken,
    Errors,
}

#[derive(Clone, Debug)]
pub(super) struct Ejection {
    config: EjectionConfig,
    /// Outcomes in a row.
    broken: u32,
    errors: u32,
    /// Checks that passed since the ejection began, in a row.
    passes: u32,
    cause: Cause,
    /// When the last ejection ends, or ended.
    until: Option<Instant>,
    length: Duration,
    in_a_row: u32,
    /// Since when it has been ready, or from when it will be if nothing else happens.
    ready_from: Option<Instant>,
}

impl Ejection {
    pub(super) fn new(config: &EjectionConfig) -> Self {
        Self {
            config: config.clone(),
            broken: 0,
            errors: 0,
            passes: 0,
            cause: Cause::Broken,
            until: None,
            length: Duration::ZERO,
            in_a_row: 0,
            ready_from: None,
        }
    }

    pub(super) fn configure(&mut self, config: &EjectionConfig) {
        self.config = config.clone();
    }

    /// When the ejection ends, if there is one now.
    pub(super) fn ends(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|&until| until > now)
    }

    pub(super) const fn cause(&self) -> Cause {
        self.cause
    }

    pub(super) const fn in_a_row(&self) -> u32 {
        self.in_a_row
    }

    /// Whether that ended an ejection.
    pub(super) fn passed_check(&mut self, now: Instant, up_after: u32) -> bool {
        if self.ends(now).is_none() {
            self.forget(now);
            return false;
        }
        self.passes += 1;
        if self.cause == Cause::Errors || self.passes < up_after {
            return false;
        }
        self.until = Some(now);
        // It has not been ready for longer than that; if it is not yet, it stays so.
        self.ready_from = self.ready_from.map(|_| now);
        true
    }

    pub(super) const fn failed_check(&mut self) {
        self.passes = 0;
    }

    /// The checks find it ready, and nothing else is in its way from then on.
    pub(super) const fn is_ready_from(&mut self, from: Instant) {
        self.ready_from = Some(from);
    }

    /// The checks find it not ready.
    pub(super) const fn is_not_ready(&mut self) {
        self.ready_from = None;
    }

    /// When the ejection ends that this begins, if it begins one.
    pub(super) fn outcome(&mut self, now: Instant, outcome: Outcome, may_eject: bool) -> Option<Instant> {
        // Requests that were under way when it was ejected say nothing new, neither now nor after it.
        if self.ends(now).is_some() {
            return None;
        }
        match outcome {
            Outcome::Answered { status } if status < 500 => (self.broken, self.errors) = (0, 0),
            Outcome::Answered { .. } => (self.broken, self.errors) = (0, self.errors.saturating_add(1)),
            Outcome::Unreachable | Outcome::Broken => self.broken = self.broken.saturating_add(1),
        }
        if self.broken >= self.config.after_broken {
            return Some(self.eject(now, Cause::Broken));
        }
        if self.errors >= self.config.after_errors && may_eject {
            return Some(self.eject(now, Cause::Errors));
        }
        None
    }

    fn eject(&mut self, now: Instant, cause: Cause) -> Instant {
        self.forget(now);
        self.length = self
            .config
            .time
            .saturating_mul(1 << self.in_a_row.min(DOUBLINGS_MAX))
            .min(self.config.time_max);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.cause = cause;
        (self.broken, self.errors, self.passes) = (0, 0, 0);
        let until = now + self.length;
        self.until = Some(until);
        self.ready_from = Some(until);
        until
    }

    fn forget(&mut self, now: Instant) {
        let good_time = self.length.max(GOOD_TIME_MIN);
        if self
            .ready_from
            .is_some_and(|from| now.saturating_duration_since(from) >= good_time)
        {
            self.in_a_row = 0;
        }
    }
}
