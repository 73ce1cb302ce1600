//! I19: an owner's looks at a reservation never go back, and see what the owner did.

use super::together::{Sale, Together};
use crate::calls::{History, Outcome};
use crate::states::{PaymentStatus, Status, leads_to};
use crate::verdict::{Findings, Promise};

const NEVER_BACK: Promise = ("I19", "what an owner sees never goes back");
const OWN_WRITES: Promise = ("I19", "an owner sees what the owner did");

type Seen = (Status, Option<PaymentStatus>);

/// An answer that came, and what was true at its time.
#[derive(Clone, Copy, Debug)]
struct Known {
    to: u64,
    call: usize,
    seen: Seen,
}

pub(super) fn check(history: &History, together: &Together<'_>, findings: &mut Findings) {
    for sale in &together.sales {
        if sale.is_answered && !sale.reads.is_empty() {
            one(history, sale, findings);
        }
    }
}

fn one(history: &History, sale: &Sale<'_>, findings: &mut Findings) {
    let subject = || format!("reservation {}", history.text(sale.id));
    let mut known: Vec<Known> = Vec::new();
    let told = sale.calls.iter().map(|call| (*call, true));
    let told = told.chain(sale.cancels.iter().chain(&sale.reads).map(|call| (*call, false)));
    for (place, is_made) in told {
        let call = &history.calls[place];
        if !call.is_ok() {
            continue;
        }
        // However often it is repeated, an answer to the reservation says that it was made.
        let status = if is_made {
            Some(Status::PendingPayment)
        } else {
            call.answer.reservation_status
        };
        let payment = call.answer.payment_status.filter(|_| !is_made);
        if let Some(status) = status {
            known.push(Known {
                to: call.to,
                call: place,
                seen: (status, payment),
            });
        }
    }
    known.sort_by_key(|known| known.to);
    let mut reads = sale.reads.clone();
    reads.sort_by_key(|read| history.calls[*read].from);
    // One of each state that was seen before is enough.
    let mut before: Vec<Known> = Vec::new();
    let mut come = known.iter().peekable();
    for read in reads {
        let call = &history.calls[read];
        while let Some(next) = come.next_if(|known| known.to < call.from) {
            if before.iter().all(|known| known.seen != next.seen) {
                before.push(*next);
            }
        }
        let is_lost = call.outcome == Outcome::Fail && call.answer.status.is_none_or(|status| status == 404);
        if is_lost && let Some(made) = before.first() {
            findings.add(OWN_WRITES, subject, || history.evidence_of([made.call, read]));
        }
        let Some(status) = call.answer.reservation_status.filter(|_| call.is_ok()) else {
            continue;
        };
        let seen = (status, call.answer.payment_status);
        if let Some(later) = before.iter().find(|known| !leads_to(known.seen, seen)) {
            findings.add(NEVER_BACK, subject, || history.evidence_of([later.call, read]));
        }
    }
}
