//! What is known of a node, and what may be sent to it. Pure: time comes in.
//!
//! Two sources tell: active checks, which ask the node whether it is ready, and the answers to clients' requests. They are kept apart, and a node gets
//! requests when neither speaks against it:
//!
//! - The checks: *ready* once `up_after` passed in a row (the very first suffices); *unready* at once when the node answers with a refusal, since it
//!   knows best; *silent* after `down_after` without an answer.
//! - The requests: a node is *ejected* for a while after `after_broken` connections in a row that could not be opened or broke, or after `after_errors`
//!   answers of 500 and above in a row. Each ejection in a row lasts twice as long. One for broken connections ends early when `up_after` checks
//!   passed after it began: the node was started again.
//! - An operator may *drain* it.
//!
//! A node that was silent or ejected comes back in slow start, also if it says first that it is not ready, as one does that was started again. One that was
//! merely unready does not: it ran all the while.

mod ejection;
mod snapshot;

use std::time::{Duration, Instant};

use self::ejection::{Cause, Ejection};
pub use self::snapshot::HealthSnapshot;
use crate::config::{EjectionConfig, HealthConfig};
use crate::policy::Share;

/// What an active check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The node is ready.
    Passed,
    /// It answered that it is not.
    Refused {
        /// What it answered.
        status: u16,
    },
    /// It did not answer, or not in time.
    NoAnswer,
}

/// What a client's request found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The node answered.
    Answered {
        /// What it answered.
        status: u16,
    },
    /// No connection could be opened.
    Unreachable,
    /// The connection broke before the answer, or the answer did not come in time.
    Broken,
}

/// What may be sent to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Requests, as many as its share says.
    Ready(Share),
    /// Requests, if no node is ready: it was not checked yet, or it says that it is not ready.
    Unready,
    /// No new requests: an operator wants it so.
    Draining,
    /// No requests: it does not answer its checks, or was ejected.
    Out,
}

/// What the active checks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    NotYet,
    Ready,
    Refused { status: u16 },
    Silent,
}

/// What is known of one node.
#[derive(Clone, Debug)]
pub struct Health {
    checks: HealthConfig,
    checked: Checked,
    /// Checks in a row.
    passes: u32,
    silences: u32,
    ejection: Ejection,
    is_draining: bool,
    /// Whether it was silent or ejected, and not ready since.
    was_out: bool,
    /// When its slow start began.
    returned: Option<Instant>,
}

impl Health {
    /// Of a node that was not checked yet.
    #[must_use]
    pub fn new(checks: &HealthConfig, ejection: &EjectionConfig) -> Self {
        Self {
            checks: checks.clone(),
            checked: Checked::NotYet,
            passes: 0,
            silences: 0,
            ejection: Ejection::new(ejection),
            is_draining: false,
            was_out: false,
            returned: None,
        }
    }

    /// Goes on with other settings.
    pub fn configure(&mut self, checks: &HealthConfig, ejection: &EjectionConfig) {
        self.checks = checks.clone();
        self.ejection.configure(ejection);
    }

    /// An active check found this.
    pub fn check(&mut self, now: Instant, found: Check) {
        match found {
            Check::Passed => {
                (self.passes, self.silences) = (self.passes.saturating_add(1), 0);
                if self.ejection.passed_check(now, self.checks.up_after) {
                    self.returned = Some(now);
                }
                match self.checked {
                    Checked::NotYet => self.becomes_ready(now),
                    Checked::Refused { .. } | Checked::Silent if self.passes >= self.checks.up_after => {
                        self.becomes_ready(now);
                    }
                    Checked::Ready | Checked::Refused { .. } | Checked::Silent => {}
                }
                if self.checked == Checked::Ready && !self.is_ejected(now) {
                    self.was_out = false;
                }
            }
            Check::Refused { status } => {
                (self.passes, self.silences) = (0, 0);
                self.ejection.failed_check();
                self.ejection.is_not_ready();
                self.checked = Checked::Refused { status };
            }
            Check::NoAnswer => {
                (self.passes, self.silences) = (0, self.silences.saturating_add(1));
                self.ejection.failed_check();
                if self.silences >= self.checks.down_after {
                    self.ejection.is_not_ready();
                    self.was_out = true;
                    self.checked = Checked::Silent;
                }
            }
        }
    }

    fn becomes_ready(&mut self, now: Instant) {
        // What it does while it is ejected is no return.
        let returned = self.ejection.ends(now).unwrap_or(now);
        self.checked = Checked::Ready;
        self.ejection.is_ready_from(returned);
        if self.was_out {
            self.returned = Some(returned);
        }
    }

    /// A client's request found this. `may_eject`: errors may eject it; broken connections always may.
    pub fn outcome(&mut self, now: Instant, outcome: Outcome, may_eject: bool) {
        if let Some(until) = self.ejection.outcome(now, outcome, may_eject) {
            // It will come back slowly.
            self.returned = Some(until);
            self.was_out = true;
            if self.checked != Checked::Ready {
                self.ejection.is_not_ready();
            }
        }
    }

    /// An operator wants it to get no new requests.
    pub const fn drain(&mut self) {
        self.is_draining = true;
    }

    /// An operator wants it to get requests again.
    pub const fn undrain(&mut self) {
        self.is_draining = false;
    }

    /// What may be sent to it.
    #[must_use]
    pub fn standing(&self, now: Instant) -> Standing {
        if self.is_draining {
            return Standing::Draining;
        }
        if self.is_ejected(now) {
            return Standing::Out;
        }
        match self.checked {
            Checked::Silent => Standing::Out,
            Checked::NotYet | Checked::Refused { .. } => Standing::Unready,
            Checked::Ready => Standing::Ready(self.share(now)),
        }
    }

    /// Whether it is out for what clients' requests found.
    #[must_use]
    pub fn is_ejected(&self, now: Instant) -> bool {
        self.ejection.ends(now).is_some()
    }

    /// Whether it does not answer its checks: then it will hardly answer what it was asked before.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.checked == Checked::Silent
    }

    /// What part of its turns it takes now: a tenth at first, then more evenly with time.
    fn share(&self, now: Instant) -> Share {
        let Some(returned) = self.returned else {
            return Share::FULL;
        };
        let since = now.saturating_duration_since(returned);
        if since >= self.checks.slow_start {
            return Share::FULL;
        }
        let parts = since.as_secs_f64() / self.checks.slow_start.as_secs_f64() * f64::from(Share::FULL.parts());
        Share::new((parts as u16).max(Share::FULL.parts() / 10))
    }

    /// For people.
    #[must_use]
    pub fn snapshot(&self, now: Instant) -> HealthSnapshot {
        let ejected = self.ejection.ends(now);
        let (standing, why) = match (self.standing(now), self.checked) {
            (Standing::Draining, _) => ("draining", "an operator wants it so".to_owned()),
            (_, _) if ejected.is_some() => (
                "out",
                match self.ejection.cause() {
                    Cause::Broken => "ejected: connections could not be opened, or broke".to_owned(),
                    Cause::Errors => "ejected: it answered with errors".to_owned(),
                },
            ),
            (_, Checked::Silent) => ("out", format!("{} checks without an answer", self.silences)),
            (_, Checked::NotYet) => ("unready", "not checked yet".to_owned()),
            (_, Checked::Refused { status }) => ("unready", format!("it answered its check with {status}")),
            (Standing::Ready(share), Checked::Ready) if !share.is_full() => ("ready", "slow start".to_owned()),
            (_, Checked::Ready) => ("ready", String::new()),
        };
        let share_percent = match self.standing(now) {
            Standing::Ready(share) => u8::try_from(u32::from(share.parts()) * 100 / 1024).unwrap_or(100),
            Standing::Unready | Standing::Draining | Standing::Out => 0,
        };
        HealthSnapshot {
            standing: standing.to_owned(),
            why,
            share_percent,
            ejections_in_a_row: self.ejection.in_a_row(),
            ejected_for_ms: ejected.map_or(0, |end| milliseconds(end.saturating_duration_since(now))),
            passes_in_a_row: self.passes,
            silences_in_a_row: self.silences,
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
