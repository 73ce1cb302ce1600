//! No accepted work is lost: what clients were told is in the database, or what came of it is.

use super::together::{Sale, Together};
use crate::calls::History;
use crate::database::{Database, row};
use crate::states::{PaymentStatus, Status, leads_to};
use crate::verdict::{Findings, Promise};

const IS_THERE: Promise = ("accepted-work", "a reservation that was answered is in the database");
const CAME_OF_IT: Promise = ("accepted-work", "the database has what clients saw, or what came of it");

pub(super) fn check(history: &History, together: &Together<'_>, database: &Database<'_>, findings: &mut Findings) {
    for sale in together.sales.iter().filter(|sale| sale.is_answered) {
        let subject = || format!("reservation {}", history.text(sale.id));
        let Some(known) = sale.row else {
            findings.accepted_work_lost += 1;
            findings.add(IS_THERE, subject, || history.evidence_of(sale.call()));
            continue;
        };
        let booking = database.booking(&known.showtime_id, &known.id);
        let payment = booking.and_then(|booking| booking.payments.first().copied());
        let stands = (known.status, payment.map(|payment| payment.status));
        if let Some(call) = seen(history, sale)
            .find(|(_, seen)| !leads_to(*seen, stands))
            .map(|(call, _)| call)
        {
            findings.accepted_work_lost += 1;
            findings.add(CAME_OF_IT, subject, || {
                let mut proof = history.evidence(call);
                proof.push(row("reservations", known));
                proof.extend(payment.map(|payment| row("payments", payment)));
                proof
            });
        }
    }
}

fn seen<'h>(
    history: &'h History,
    sale: &'h Sale<'_>,
) -> impl Iterator<Item = (usize, (Status, Option<PaymentStatus>))> + 'h {
    let told = sale.reads.iter().chain(&sale.cancels).copied();
    told.filter_map(|place| {
        let call = &history.calls[place];
        let status = call.answer.reservation_status.filter(|_| call.is_ok())?;
        Some((place, (status, call.answer.payment_status)))
    })
}
