//! Asking the checker.

use milo_check::{Evidence, Records, Report};

use crate::books::Books;
use crate::tale::Tale;

pub(crate) fn report(tale: Option<&Tale>, books: Option<&Books>) -> Report {
    let mut records = Records::default();
    if let Some(tale) = tale {
        records = records.with_history(tale.lines().as_bytes()).expect("a history");
    }
    if let Some(books) = books {
        records = records.with_dump(&books.dump.to_string()).expect("a dump");
        records = records.with_ledger(&books.ledger.to_string()).expect("a ledger");
    }
    records.check()
}

/// The evidence is fine.
#[track_caller]
pub(crate) fn accepted(tale: Option<&Tale>, books: Option<&Books>) {
    let report = report(tale, books);
    assert!(report.is_yes(), "{report}");
}

/// One promise is broken and no other, and the counterexample has this many pieces.
#[track_caller]
pub(crate) fn broken(tale: Option<&Tale>, books: Option<&Books>, invariant: &str, pieces: usize) -> Report {
    let report = report(tale, books);
    let names: Vec<&str> = report.violations.iter().map(|violation| violation.invariant).collect();
    assert_eq!(names, [invariant], "{report}");
    assert_eq!(report.violations[0].evidence.len(), pieces, "{report}");
    report
}

/// A tale, and no books.
#[track_caller]
pub(crate) fn untrue(tale: &Tale, invariant: &str, pieces: usize) -> Report {
    broken(Some(tale), None, invariant, pieces)
}

/// Books, and no tale.
#[track_caller]
pub(crate) fn false_books(books: &Books, invariant: &str, pieces: usize) {
    broken(None, Some(books), invariant, pieces);
}

/// The lines of the history that a counterexample has.
pub(crate) fn lines(report: &Report) -> Vec<u64> {
    let evidence = report.violations.iter().flat_map(|violation| &violation.evidence);
    evidence
        .filter_map(|piece| match piece {
            Evidence::History { line, .. } => Some(*line),
            Evidence::Row { .. } => None,
        })
        .collect()
}
