//! I21: what was refused has no effect, and nothing happens that nobody asked for.

use super::together::Together;
use crate::calls::{History, Outcome};
use crate::database::{Database, row, rows};
use crate::states::Status;
use crate::verdict::{Findings, Promise};

const REFUSED: Promise = ("I21", "a reservation that was refused was not made");
const UNASKED: Promise = ("I21", "a reservation was asked for by its owner");
const NOT_CANCELLED: Promise = ("I21", "a cancellation that was refused has cancelled nothing");

/// Who the events name when an owner cancels.
const OWNER: &str = "owner";

pub(super) fn check(history: &History, together: &Together<'_>, database: &Database<'_>, findings: &mut Findings) {
    for sale in &together.sales {
        let Some(known) = sale.row else { continue };
        let subject = || format!("reservation {}", known.id);
        let calls = || sale.calls.iter().map(|call| &history.calls[*call]);
        if !sale.is_answered && calls().all(|call| call.outcome == Outcome::Fail) {
            findings.add(REFUSED, subject, || {
                let mut proof = history.evidence_of(sale.call());
                proof.push(row("reservations", known));
                proof
            });
        }
        let booking = database.booking(&known.showtime_id, &known.id);
        let cancelled = booking.into_iter().flat_map(|booking| &booking.events);
        let mut cancelled = cancelled.filter(|event| {
            event.actor == OWNER && event.to_status == Status::Cancelled && event.from_status != Some(Status::Cancelled)
        });
        let refused = sale
            .cancels
            .iter()
            .find(|call| history.calls[**call].outcome == Outcome::Fail);
        let by_somebody = sale.cancels.iter().any(|call| history.calls[*call].may_have_happened());
        if let (Some(refused), Some(event)) = (refused, cancelled.next())
            && !by_somebody
        {
            findings.add(NOT_CANCELLED, subject, || {
                let mut proof = history.evidence(*refused);
                proof.push(row("reservation_events", *event));
                proof
            });
        }
    }
    if !history.meta.others_too {
        for known in &together.unasked {
            findings.add(
                UNASKED,
                || format!("reservation {}", known.id),
                || rows("reservations", [*known]).collect(),
            );
        }
    }
}
