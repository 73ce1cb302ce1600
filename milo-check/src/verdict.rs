//! What the checker says.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// One thing that was written down: part of a counterexample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Evidence {
    /// An event of the history.
    History {
        /// Its line, from 1; 0 when the event never came.
        line: u64,
        /// The event, as in the history.
        event: Value,
    },
    /// A row of the database or of the gateway's books.
    Row {
        /// The table.
        table: &'static str,
        /// The row, or what of it was read.
        row: Value,
    },
}

/// A promise that was broken, and the smallest case that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Its name: `I1` to `I21`, or `accepted-work`.
    pub invariant: &'static str,
    /// What always holds.
    pub promise: &'static str,
    /// Whose case it is.
    pub subject: String,
    /// How many cases there are of this promise; this is the smallest.
    pub cases: u64,
    /// The events and rows that prove it. None of them can be left out.
    pub evidence: Vec<Evidence>,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Calls of the history.
    pub calls: u64,
    /// Those that were answered with a success.
    pub ok: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those whose outcome is unknown.
    pub unknown: u64,
    /// Declared faults.
    pub faults: u64,
    /// Reservations of the database.
    pub reservations: u64,
    /// Those that stand confirmed.
    pub confirmed: u64,
    /// Entries of the gateway's ledger.
    pub ledger_entries: u64,
    /// Successful reservations of the history that the database does not have, or not as they were answered.
    pub accepted_work_lost: u64,
}

/// The checker's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Every broken promise, with its smallest case, in the order of their names.
    pub violations: Vec<Violation>,
    /// What could not be decided within the bounds of the search; none, unless a history is extraordinarily entangled.
    pub undecided: Vec<String>,
    /// What was looked at.
    pub counts: Counts,
}

impl Report {
    /// Whether every promise was kept, as far as the evidence goes.
    pub fn is_yes(&self) -> bool {
        self.violations.is_empty() && self.undecided.is_empty()
    }

    /// Whether a promise was broken for certain.
    pub fn is_no(&self) -> bool {
        !self.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            calls,
            ok,
            refused,
            unknown,
            faults,
            reservations,
            confirmed,
            ledger_entries,
            accepted_work_lost,
        } = self.counts;
        writeln!(
            f,
            "looked at {calls} calls ({ok} ok, {refused} refused, {unknown} unknown), {faults} faults, {reservations} \
             reservations ({confirmed} confirmed) and {ledger_entries} ledger entries"
        )?;
        for violation in &self.violations {
            write!(f, "{violation}")?;
        }
        for what in &self.undecided {
            writeln!(f, "undecided: {what}")?;
        }
        writeln!(f, "accepted work lost: {accepted_work_lost}")?;
        let answer = match (self.is_yes(), self.is_no()) {
            (true, _) => "yes: every promise was kept",
            (_, true) => "no: a promise was broken",
            _ => "undecided",
        };
        writeln!(f, "{answer}")
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invariant,
            promise,
            subject,
            cases,
            evidence,
        } = self;
        writeln!(
            f,
            "{invariant}, {promise}: not so for {subject} (the smallest of {cases})"
        )?;
        for piece in evidence {
            match piece {
                Evidence::History { line, event } => writeln!(f, "  history line {line}: {event}")?,
                Evidence::Row { table, row } => writeln!(f, "  {table}: {row}")?,
            }
        }
        Ok(())
    }
}

/// Gathers violations; keeps the smallest of each promise.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    smallest: BTreeMap<(u32, &'static str), Violation>,
    pub(crate) undecided: Vec<String>,
    pub(crate) accepted_work_lost: u64,
}

impl Findings {
    /// `evidence` is only made when it is needed: the first case, or a smaller one.
    pub(crate) fn add(
        &mut self,
        (invariant, promise): Promise,
        subject: impl FnOnce() -> String,
        evidence: impl FnOnce() -> Vec<Evidence>,
    ) {
        match self.smallest.get_mut(&(rank(invariant), promise)) {
            None => {
                let violation = Violation {
                    invariant,
                    promise,
                    subject: subject(),
                    cases: 1,
                    evidence: evidence(),
                };
                self.smallest.insert((rank(invariant), promise), violation);
            }
            Some(known) => {
                known.cases += 1;
                // A broken store has thousands of cases; the first ones are as good as any.
                if known.cases <= COMPARED_MAX {
                    let evidence = evidence();
                    if evidence.len() < known.evidence.len() {
                        known.evidence = evidence;
                        known.subject = subject();
                    }
                }
            }
        }
    }

    pub(crate) fn into_violations(self) -> Vec<Violation> {
        self.smallest.into_values().collect()
    }
}

/// The most cases of one promise whose counterexamples are compared.
const COMPARED_MAX: u64 = 1_000;

/// An invariant's name and its sentence.
pub(crate) type Promise = (&'static str, &'static str);

fn rank(invariant: &str) -> u32 {
    invariant.trim_start_matches('I').parse().unwrap_or(u32::MAX)
}
