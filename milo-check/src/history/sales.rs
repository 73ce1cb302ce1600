//! I15: between two sales of a seat there is a release.

use rustc_hash::{FxHashMap, FxHashSet};

use super::together::{Sale, Together};
use crate::calls::History;
use crate::database::row;
use crate::names::Name;
use crate::search::NEVER;
use crate::states::Status;
use crate::verdict::{Evidence, Findings, Promise};

const RELEASED_BETWEEN: Promise = ("I15", "two sales of a seat have a release between them");

/// A seat of a showtime.
pub(crate) type Seat = (Name, Name);

/// A time in which a reservation owned its seats for certain, and what proves it.
#[derive(Clone, Debug)]
struct Owned {
    sale: usize,
    from: u64,
    to: u64,
    /// The look that proves the end, if one does; else the database's row.
    last_seen: Option<usize>,
}

/// The seats that were sold twice.
pub(crate) fn check(history: &History, together: &Together<'_>, findings: &mut Findings) -> FxHashSet<Seat> {
    let mut by_seat: FxHashMap<Seat, Vec<Owned>> = FxHashMap::default();
    let mut made: FxHashMap<Seat, Vec<usize>> = FxHashMap::default();
    for (place, sale) in together.sales.iter().enumerate() {
        let Some(showtime) = sale.showtime.filter(|_| sale.is_answered) else {
            continue;
        };
        let owned = owned(history, together, sale, place);
        for seat in &sale.seats {
            by_seat.entry((showtime, *seat)).or_default().extend(owned.clone());
            made.entry((showtime, *seat)).or_default().push(place);
        }
    }
    let mut doubly_sold = FxHashSet::default();
    for (seat, mut owned) in by_seat {
        owned.sort_by_key(|owned| owned.from);
        let mut longest: Option<&Owned> = None;
        let mut made = made.remove(&seat).unwrap_or_default();
        made.sort_by_key(|sale| together.sales[*sale].made.from);
        // Two that both owned the seat at one moment.
        let mut pair = None;
        for one in &owned {
            if let Some(before) = longest
                && before.to >= one.from
            {
                pair = Some((before.clone(), one.sale, Some(one.clone())));
                break;
            }
            if longest.is_none_or(|before| before.to < one.to) {
                longest = Some(one);
            }
        }
        // Or one that was made while another owned the seat all the time.
        let all_the_time = made.iter().find_map(|other| {
            let window = together.sales[*other].made;
            let around = owned.iter().take_while(|one| one.from <= window.from);
            let mut around = around.filter(|one| one.sale != *other && one.to >= window.to);
            around.next().map(|one| (one.clone(), *other, None))
        });
        let Some((owner, other, other_owned)) = all_the_time.or(pair) else {
            continue;
        };
        doubly_sold.insert(seat);
        findings.add(
            RELEASED_BETWEEN,
            || format!("seat {} in showtime {}", history.text(seat.1), history.text(seat.0)),
            || {
                let mut calls: Vec<usize> = Vec::new();
                let mut rows: Vec<Evidence> = Vec::new();
                for owned in [Some(&owner), other_owned.as_ref()].into_iter().flatten() {
                    calls.extend(owned.last_seen);
                    let known = together.sales[owned.sale].row.filter(|_| owned.last_seen.is_none());
                    rows.extend(known.map(|known| row("reservations", known)));
                }
                for sale in [owner.sale, other] {
                    let call = together.sales[sale].call();
                    calls.extend(call);
                    calls.extend(call.and_then(|call| super::asked::held_by(together, &history.calls[call])));
                }
                let mut proof = history.evidence_of(calls);
                proof.extend(rows);
                proof
            },
        );
    }
    doubly_sold
}

/// From the answer on, until it was last known to own its seats.
fn owned(history: &History, together: &Together<'_>, sale: &Sale<'_>, place: usize) -> Option<Owned> {
    let revoked_from = sale.revoked_from(history, together.cancelled_from(sale));
    let mut last: Option<(u64, Option<usize>)> = None;
    let mut see = |until: u64, by: Option<usize>| {
        if last.is_none_or(|(known, _)| known < until) {
            last = Some((until, by));
        }
    };
    for (call, status) in sale.seen(history) {
        match status {
            // Confirmed stays so until somebody wishes otherwise.
            Status::Confirmed => see(history.calls[call].from.max(revoked_from.saturating_sub(1)), Some(call)),
            _ if status.owns_seats() => see(history.calls[call].from, Some(call)),
            _ => {}
        }
    }
    if sale.row.is_some_and(|row| row.status.owns_seats()) {
        see(NEVER, None);
    }
    let (to, last_seen) = last?;
    (sale.made.to <= to).then_some(Owned {
        sale: place,
        from: sale.made.to,
        to,
        last_seen,
    })
}
