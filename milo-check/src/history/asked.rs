//! I16: whoever is told of a hold or a reservation gets exactly the seats that were asked for.

use super::Together;
use crate::calls::{Call, History};
use crate::database::{Database, row, rows};
use crate::input::dump::Dump;
use crate::input::history::Op;
use crate::names::Name;
use crate::verdict::{Findings, Promise};

const EXACTLY: Promise = (
    "I16",
    "a hold and a reservation have exactly the seats that were asked for",
);
const WRITTEN: Promise = ("I16", "the database has exactly the seats that were asked for");

pub(crate) fn check(
    history: &History,
    together: &Together<'_>,
    written: Option<(&Dump, &Database<'_>)>,
    findings: &mut Findings,
) {
    for (place, call) in history.calls.iter().enumerate().filter(|(_, call)| call.is_ok()) {
        let (asked, showtime) = match call.op {
            Op::Hold => (Some(call.seats.clone()), call.showtime),
            Op::Reserve => (together.seats_of(call), together.showtime_of(call)),
            _ => continue,
        };
        let Some(asked) = asked else { continue };
        let told = &call.answer;
        let other_showtime = told.showtime.zip(showtime).is_some_and(|(told, asked)| told != asked);
        // An answer without seats says nothing about them.
        let other_seats = !told.seats.is_empty() && sorted(&told.seats) != sorted(&asked);
        if other_showtime || other_seats {
            findings.add(
                EXACTLY,
                || subject(history, call),
                || {
                    let hold = held_by(together, call);
                    history.evidence_of(hold.into_iter().chain([place]))
                },
            );
        }
    }
    let Some((_, database)) = written else { return };
    for sale in together.sales.iter().filter(|sale| sale.is_answered) {
        let Some((call, known)) = sale.call().zip(sale.row) else {
            continue;
        };
        let Some(booking) = database.booking(&known.showtime_id, &known.id) else {
            continue;
        };
        let mut stored: Vec<&str> = booking.seats.iter().map(|seat| &*seat.seat_id).collect();
        let mut asked: Vec<&str> = sale.seats.iter().map(|seat| history.text(*seat)).collect();
        stored.sort_unstable();
        asked.sort_unstable();
        // How many there are is the database's own affair, and looked at there.
        if !asked.is_empty() && stored != asked && stored.len() as u64 == known.seat_count {
            findings.add(
                WRITTEN,
                || format!("reservation {}", known.id),
                || {
                    let foreign = booking
                        .seats
                        .iter()
                        .copied()
                        .find(|seat| !asked.contains(&&*seat.seat_id));
                    let hold = held_by(together, &history.calls[call]);
                    let mut proof = history.evidence_of(hold.into_iter().chain([call]));
                    proof.push(row("reservations", known));
                    proof.extend(rows("reserved_seats", foreign));
                    proof
                },
            );
        }
    }
}

/// The call that held what this one reserves.
pub(super) fn held_by(together: &Together<'_>, call: &Call) -> Option<usize> {
    let claim = call.hold.and_then(|hold| together.claim.get(&hold))?;
    together.claims[*claim].calls.first().copied()
}

fn sorted(names: &[Name]) -> Vec<Name> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

fn subject(history: &History, call: &Call) -> String {
    let id = call.answer.reservation.or(call.answer.hold);
    format!("{:?} {}", call.op, id.map_or("", |id| history.text(id))).to_lowercase()
}
