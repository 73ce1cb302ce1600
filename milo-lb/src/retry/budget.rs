//! How many requests may be sent again: a part of all, so that what ails every node is not made worse.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is saved up at most, in seconds of requests.
const SECONDS_SAVED_MAX: f64 = 10.0;

/// Grows with each request and with time, shrinks with each retry: as in Finagle's `RetryBudget`.
#[derive(Debug)]
pub struct RetryBudget(Mutex<Reservoir>);

#[derive(Debug)]
struct Reservoir {
    per_request: f64,
    per_second: f64,
    /// Saved from requests, and from time.
    earned: f64,
    granted: f64,
    at: Option<Instant>,
    /// Requests of this second and of the last: how much may be saved up.
    rate: Rate,
}

#[derive(Debug, Default)]
struct Rate {
    since: Option<Instant>,
    current: f64,
    last: f64,
}

impl RetryBudget {
    /// So many percent of all requests, and so many a second in any case.
    #[must_use]
    pub fn new(percent: u32, per_second: u32) -> Self {
        let per_second = f64::from(per_second);
        Self(Mutex::new(Reservoir {
            per_request: f64::from(percent) / 100.0,
            per_second,
            earned: 0.0,
            granted: per_second,
            at: None,
            rate: Rate::default(),
        }))
    }

    /// Goes on with other numbers.
    pub fn set(&self, percent: u32, per_second: u32) {
        self.with(|reservoir| {
            reservoir.per_request = f64::from(percent) / 100.0;
            reservoir.per_second = f64::from(per_second);
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Reservoir) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts a request.
    pub fn request(&self, now: Instant) {
        self.with(|reservoir| {
            let saved_max = reservoir.rate.count(now) * SECONDS_SAVED_MAX * reservoir.per_request;
            reservoir.earned = (reservoir.earned + reservoir.per_request).min(saved_max.max(1.0));
        });
    }

    /// Takes a retry, if there is one.
    pub fn take(&self, now: Instant) -> bool {
        self.with(|reservoir| {
            reservoir.refill(now);
            let purse = if reservoir.granted >= 1.0 {
                &mut reservoir.granted
            } else {
                &mut reservoir.earned
            };
            let has = *purse >= 1.0;
            if has {
                *purse -= 1.0;
            }
            has
        })
    }
}

impl Reservoir {
    fn refill(&mut self, now: Instant) {
        let passed = self
            .at
            .map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
        self.granted = (self.granted + passed * self.per_second).min(self.per_second);
    }
}

impl Rate {
    /// Counts one; gives about how many there are a second.
    fn count(&mut self, now: Instant) -> f64 {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since).as_secs();
        if passed > 0 {
            self.last = if passed == 1 { self.current } else { 0.0 };
            self.current = 0.0;
            self.since = Some(now);
        }
        self.current += 1.0;
        self.current.max(self.last)
    }
}
