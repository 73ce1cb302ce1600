//! Many seeds, on all processors.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use milo_core::planted::Bug;

use crate::run::{Outcome, run};

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Seeds that were run.
    pub seeds: u64,
    /// Seeds that broke a promise, ascending, with what they broke; at most a few.
    pub failures: Vec<(u64, Vec<String>)>,
    /// How often a task went on.
    pub steps: u64,
    /// How much time passed in the simulated worlds.
    pub simulated: Duration,
    /// How often each thing happened.
    pub counts: BTreeMap<String, u64>,
}

/// Failures that are kept; one is enough, a few help.
const FAILURES_MAX: usize = 10;

impl Totals {
    fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps;
        self.simulated += outcome.simulated;
        for (what, count) in outcome.counts {
            *self.counts.entry(what).or_default() += count;
        }
        if !outcome.violations.is_empty() {
            self.failures.push((outcome.seed, outcome.violations));
            self.failures.sort_unstable();
        }
    }
}

/// Runs `count` seeds from `first` on, on so many threads. Stops early when enough have failed.
///
/// `progress` is told after each seed how many are done, and how many failed.
pub fn run_many(
    first: u64,
    count: u64,
    threads: usize,
    bug: Option<Bug>,
    progress: impl Fn(u64, usize) + Sync,
) -> Totals {
    let (next, totals) = (AtomicU64::new(first), Mutex::new(Totals::default()));
    let failures_max = if bug.is_some() { 1 } else { FAILURES_MAX };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first.saturating_add(count) {
                        return;
                    }
                    let outcome = run(seed, bug, false);
                    let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
                    totals.add(outcome);
                    progress(totals.seeds, totals.failures.len());
                    if totals.failures.len() >= failures_max {
                        return;
                    }
                }
            });
        }
    });
    totals.into_inner().unwrap_or_else(PoisonError::into_inner)
}
