//! What a run came to.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::settle::Settled;

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Runs the same again.
    pub seed: u64,
    /// Where everything that was recorded is.
    pub folder: PathBuf,
    /// The numbers.
    pub totals: Totals,
    /// Whether it came to rest in time.
    pub settled: Settled,
    /// What milo-check says.
    pub verdict: milo_check::Report,
}

/// The numbers of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// How many faults were made.
    pub faults_made: usize,
    /// Of which kind.
    pub faults: BTreeMap<String, usize>,
    /// How often somebody set out to book.
    pub bookings_tried: u64,
    /// Reservations that came of it, those of the last probe included.
    pub reservations: u64,
    /// Those that stand confirmed at the end.
    pub confirmed: u64,
    /// Calls with a success.
    pub calls_ok: u64,
    /// Calls that were refused.
    pub calls_refused: u64,
    /// Calls without an answer that says what became of them.
    pub calls_unknown: u64,
    /// Dead letters, all of payments that have ended or are marked.
    pub dead_letters: usize,
    /// Broken promises.
    pub violations: usize,
    /// Answered successes that the database does not have.
    pub accepted_work_lost: u64,
}

impl Report {
    /// Whether every promise was kept.
    pub fn is_yes(&self) -> bool {
        self.verdict.is_yes() && self.settled.unsettled.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let totals = &self.totals;
        writeln!(f, "faults made: {}", totals.faults_made)?;
        for (kind, count) in &totals.faults {
            writeln!(f, "  {count:5}  {kind}")?;
        }
        writeln!(
            f,
            "bookings tried: {}; reservations: {}, {} of them confirmed at the end",
            totals.bookings_tried, totals.reservations, totals.confirmed
        )?;
        writeln!(
            f,
            "calls: {} ok, {} refused, {} unknown; dead letters: {}",
            totals.calls_ok, totals.calls_refused, totals.calls_unknown, totals.dead_letters
        )?;
        writeln!(
            f,
            "at rest {:.1} s after the last fault; then {} free seats were bought in {:.1} s",
            self.settled.rest_ms as f64 / 1e3,
            self.settled.probed_seats,
            self.settled.probe_ms as f64 / 1e3
        )?;
        for unsettled in &self.settled.unsettled {
            writeln!(
                f,
                "{}, {}: not so: {}",
                unsettled.name, unsettled.promise, unsettled.found
            )?;
        }
        write!(f, "{}", self.verdict)?;
        writeln!(
            f,
            "violations: {}; accepted work lost: {}",
            totals.violations, totals.accepted_work_lost
        )?;
        if !self.is_yes() {
            writeln!(
                f,
                "everything that was recorded is in {}; run the same faults again with: milo-chaos --seed {}",
                self.folder.display(),
                self.seed
            )?;
        }
        Ok(())
    }
}
