#![doc = include_str!("../README.md")]

mod calls;
mod database;
mod gateway;
mod history;
mod input;
mod names;
mod search;
mod states;
mod verdict;

use std::io::BufRead;

use calls::{History, Outcome};
use database::Database;
pub use input::InputError;
pub use input::dump::Dump;
pub use input::ledger::Ledger;
pub use input::{dump, history as events, ledger};
pub use states::{PaymentStatus, Status};
pub use verdict::{Counts, Evidence, Report, Violation};

use crate::verdict::Findings;

/// The statement whose one row is the dump of a Postgres database of Milo, as JSON.
pub const DUMP_SQL: &str = include_str!("../sql/dump.sql");

/// The statement whose one row is the books of the simulated gateway, as JSON.
pub const LEDGER_SQL: &str = include_str!("../sql/ledger.sql");

/// What a run left behind. Each record may be absent; what needs it is not judged then.
#[derive(Clone, Debug, Default)]
pub struct Records {
    history: Option<History>,
    dump: Option<Dump>,
    ledger: Option<Ledger>,
}

impl Records {
    /// Adds the history, one event a line.
    ///
    /// # Errors
    /// [`InputError`] if a line is not an event, or the events do not follow one another as events do.
    pub fn with_history(mut self, lines: impl BufRead) -> Result<Self, InputError> {
        self.history = Some(History::read(lines)?);
        Ok(self)
    }

    /// Adds the dump of the database.
    ///
    /// # Errors
    /// [`InputError`] if it is not as documented.
    pub fn with_dump(self, json: &str) -> Result<Self, InputError> {
        let dump = serde_json::from_str(json).map_err(InputError::Dump)?;
        Ok(self.with_rows(dump))
    }

    /// Adds the rows of the database.
    #[must_use]
    pub fn with_rows(mut self, dump: Dump) -> Self {
        self.dump = Some(dump);
        self
    }

    /// Adds the gateway's ledger.
    ///
    /// # Errors
    /// [`InputError`] if it is not as documented.
    pub fn with_ledger(self, json: &str) -> Result<Self, InputError> {
        let ledger = serde_json::from_str(json).map_err(InputError::Ledger)?;
        Ok(self.with_entries(ledger))
    }

    /// Adds the entries of the gateway's ledger.
    #[must_use]
    pub fn with_entries(mut self, ledger: Ledger) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Looks at every promise that there are records for.
    pub fn check(&self) -> Report {
        let mut findings = Findings::default();
        let database = self.dump.as_ref().map(|dump| (dump, Database::of(dump)));
        let written = database.as_ref().map(|(dump, database)| (*dump, database));
        if let Some((dump, database)) = written {
            database::check(dump, database, &mut findings);
            if let Some(ledger) = &self.ledger {
                gateway::check(ledger, database, dump.settled, &mut findings);
            }
        }
        if let Some(history) = &self.history {
            history::check(history, written, &mut findings);
        }
        Report {
            counts: self.counts(findings.accepted_work_lost),
            undecided: std::mem::take(&mut findings.undecided),
            violations: findings.into_violations(),
        }
    }

    fn counts(&self, accepted_work_lost: u64) -> Counts {
        let calls = self
            .history
            .as_ref()
            .map(|history| &history.calls[..])
            .unwrap_or_default();
        let ended = |outcome: Outcome| calls.iter().filter(|call| call.outcome == outcome).count() as u64;
        let reservations = self
            .dump
            .as_ref()
            .map(|dump| &dump.reservations[..])
            .unwrap_or_default();
        let confirmed = reservations.iter().filter(|one| one.status == Status::Confirmed);
        Counts {
            calls: calls.len() as u64,
            ok: ended(Outcome::Ok),
            refused: ended(Outcome::Fail),
            unknown: ended(Outcome::Info),
            faults: self.history.as_ref().map_or(0, |history| history.faults),
            reservations: reservations.len() as u64,
            confirmed: confirmed.count() as u64,
            ledger_entries: self.ledger.as_ref().map_or(0, |ledger| ledger.ledger.len() as u64),
            accepted_work_lost,
        }
    }
}
