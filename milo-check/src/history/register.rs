//! I18: a seat, reserved and set free again, is a register: all answers about it fit into one order.

use rustc_hash::{FxHashMap, FxHashSet};

use super::sales::Seat;
use super::together::{Sale, Together};
use crate::calls::{History, Outcome};
use crate::database::row;
use crate::input::history::Op;
use crate::search::{Answer, NEVER, Thing, Window, order_exists, smallest};
use crate::states::Status;
use crate::verdict::{Findings, Promise};

const ONE_ORDER: Promise = (
    "I18",
    "reservations, cancellations and looks at a seat fit into one order",
);

/// One thing that was said about a seat.
#[derive(Clone, Copy, Debug)]
struct Said {
    window: Window,
    what: What,
    /// The call that was told so; none where the database says it.
    call: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Made(usize),
    Owns(usize),
    Confirmed(usize),
    Ended(usize),
    /// Somebody owns it: a hold was refused its seat by the store of record.
    Taken,
}

/// Who owns the seat, and whether the sale is known to be confirmed.
type Owner = Option<(usize, bool)>;

struct Register<'a> {
    said: &'a [Said],
    /// When each sale may end by itself, and when although it is confirmed.
    ends: &'a FxHashMap<usize, (u64, u64)>,
}

impl Thing for Register<'_> {
    type State = Owner;

    fn start(&self) -> Owner {
        None
    }

    fn call(&self, owner: &Owner, call: usize) -> Option<Owner> {
        let mine = |sale: usize| owner.filter(|(owner, _)| *owner == sale);
        match self.said[call].what {
            What::Made(sale) => owner.is_none().then_some(Some((sale, false))),
            What::Owns(sale) => mine(sale).map(Some),
            What::Confirmed(sale) => mine(sale).map(|_| Some((sale, true))),
            What::Ended(sale) => mine(sale).is_none().then_some(*owner),
            What::Taken => owner.is_some().then_some(*owner),
        }
    }

    fn by_itself(&self, owner: &Owner) -> Vec<(Owner, Window)> {
        let Some((sale, is_confirmed)) = owner else {
            return Vec::new();
        };
        let (any_time, revoked) = self.ends[sale];
        let from = if *is_confirmed { revoked } else { any_time };
        if from == NEVER {
            return Vec::new();
        }
        vec![(None, Window { from, to: NEVER })]
    }
}

pub(super) fn check(
    history: &History,
    together: &Together<'_>,
    doubly_sold: &FxHashSet<Seat>,
    findings: &mut Findings,
) {
    let mut ends: FxHashMap<usize, (u64, u64)> = FxHashMap::default();
    let mut by_seat: FxHashMap<Seat, Vec<Said>> = FxHashMap::default();
    for (place, sale) in together.sales.iter().enumerate() {
        let Some(showtime) = sale.showtime else { continue };
        let revoked = sale.revoked_from(history, together.cancelled_from(sale));
        ends.insert(place, (sale.made.from, revoked));
        let said = said_of(history, sale, place);
        for seat in &sale.seats {
            by_seat.entry((showtime, *seat)).or_default().extend(&said);
        }
    }
    refusals(history, together, &mut by_seat);
    for (seat, mut said) in by_seat {
        if doubly_sold.contains(&seat) {
            continue;
        }
        match judge(&mut said, &ends) {
            Answer::Yes => {}
            Answer::GaveUp => findings.undecided.push(format!("I18 of seat {}", name(history, seat))),
            Answer::No => findings.add(
                ONE_ORDER,
                || format!("seat {}", name(history, seat)),
                || {
                    let proof = shrink(said, &ends);
                    let mut evidence = history.evidence_of(calls(history, together, &proof));
                    let rows = proof.iter().filter(|said| said.call.is_none());
                    for said in rows {
                        if let What::Made(sale) | What::Owns(sale) | What::Confirmed(sale) | What::Ended(sale) =
                            said.what
                        {
                            let known = together.sales[sale].row.map(|known| row("reservations", known));
                            evidence.extend(known.filter(|known| !evidence.contains(known)));
                        }
                    }
                    evidence
                },
            ),
        }
    }
}

fn name(history: &History, seat: Seat) -> String {
    format!("{} in showtime {}", history.text(seat.1), history.text(seat.0))
}

fn said_of(history: &History, sale: &Sale<'_>, place: usize) -> Vec<Said> {
    let mut said = vec![Said {
        window: sale.made,
        what: What::Made(place),
        call: sale.call().filter(|_| sale.is_answered),
    }];
    for (call, status) in sale.seen(history) {
        let Window { from, to } = window(history, call);
        said.push(Said {
            window: Window { from, to },
            what: what(status, place),
            call: Some(call),
        });
    }
    if let Some(row) = sale.row {
        // Looked at last of all.
        said.push(Said {
            window: Window { from: NEVER, to: NEVER },
            what: what(row.status, place),
            call: None,
        });
    }
    said
}

fn what(status: Status, sale: usize) -> What {
    match status {
        Status::Confirmed => What::Confirmed(sale),
        _ if status.owns_seats() => What::Owns(sale),
        _ => What::Ended(sale),
    }
}

fn window(history: &History, call: usize) -> Window {
    let call = &history.calls[call];
    Window {
        from: call.from,
        to: call.to,
    }
}

/// A hold whose seats were refused when it was reserved: only the store of record refuses so. Seats that an unknown call
/// may own prove nothing.
fn refusals(history: &History, together: &Together<'_>, by_seat: &mut FxHashMap<Seat, Vec<Said>>) {
    let mut doubtful: FxHashMap<Seat, u64> = FxHashMap::default();
    let answered: FxHashSet<usize> = together
        .sales
        .iter()
        .flat_map(|sale| sale.calls.iter().copied())
        .collect();
    for (place, call) in history.calls.iter().enumerate() {
        if call.op == Op::Reserve && call.outcome == Outcome::Info && !answered.contains(&place) {
            let seats = together.seats_of(call).unwrap_or_default();
            let Some(showtime) = together.showtime_of(call) else {
                continue;
            };
            for seat in seats {
                let from = doubtful.entry((showtime, seat)).or_insert(NEVER);
                *from = call.from.min(*from);
            }
        }
    }
    if history.meta.others_too {
        return;
    }
    for (place, call) in history.calls.iter().enumerate() {
        if call.op != Op::Reserve || call.outcome != Outcome::Fail || call.hold.is_none() {
            continue;
        }
        let Some(showtime) = together.showtime_of(call) else {
            continue;
        };
        for seat in &call.answer.unavailable {
            if doubtful.get(&(showtime, *seat)).is_some_and(|from| *from <= call.to) {
                continue;
            }
            by_seat.entry((showtime, *seat)).or_default().push(Said {
                window: window(history, place),
                what: What::Taken,
                call: Some(place),
            });
        }
    }
}

fn judge(said: &mut [Said], ends: &FxHashMap<usize, (u64, u64)>) -> Answer {
    said.sort_by_key(|said| (said.window.from, said.window.to));
    let windows: Vec<Window> = said.iter().map(|said| said.window).collect();
    order_exists(&Register { said, ends }, &windows)
}

/// Leaves out what is not needed. Whatever is left out may only make an order easier to find, so a whole sale goes, or a
/// look goes, but never the sale under a look; and without a sale nobody can say that its seat was not taken.
fn shrink(said: Vec<Said>, ends: &FxHashMap<usize, (u64, u64)>) -> Vec<Said> {
    let mut sales: Vec<Option<usize>> = said.iter().map(|said| sale_of(*said)).collect();
    sales.sort_unstable();
    sales.dedup();
    let is_refused = said.iter().any(|said| said.what == What::Taken);
    let fails = |part: &[Said]| judge(&mut part.to_vec(), ends) == Answer::No;
    let of = |part: &[Said], kept: &[Option<usize>]| -> Vec<Said> {
        part.iter()
            .copied()
            .filter(|said| kept.contains(&sale_of(*said)))
            .collect()
    };
    // Without the refusals, sales can go one by one.
    let unrefused: Vec<Said> = said.iter().copied().filter(|said| said.what != What::Taken).collect();
    let mut kept = said.clone();
    if !is_refused || fails(&unrefused) {
        sales.retain(Option::is_some);
        let sales = smallest(sales, |kept| fails(&of(&unrefused, kept)));
        kept = of(&unrefused, &sales);
    }
    let looks: Vec<usize> = (0..kept.len())
        .filter(|place| !matches!(kept[*place].what, What::Made(_)))
        .collect();
    let with = |looks: &[usize]| -> Vec<Said> {
        let all = kept.iter().enumerate();
        all.filter(|(place, said)| matches!(said.what, What::Made(_)) || looks.contains(place))
            .map(|(_, said)| *said)
            .collect()
    };
    let looks = smallest(looks, |looks| fails(&with(looks)));
    let mut proof = with(&looks);
    // A sale that came to an end before the one refusal, or began after it, has no part in it.
    if let [refusal] = proof.iter().filter(|said| said.what == What::Taken).collect::<Vec<_>>()[..] {
        let (from, to) = (refusal.window.from, refusal.window.to);
        let ended: FxHashSet<usize> = proof
            .iter()
            .filter_map(|said| match said.what {
                What::Ended(sale) if said.window.to < from => Some(sale),
                What::Made(sale) if said.window.from > to => Some(sale),
                _ => None,
            })
            .collect();
        let last = proof
            .iter()
            .filter(|said| matches!(said.what, What::Ended(_)) && said.window.to < from)
            .max_by_key(|said| said.window.to)
            .and_then(|said| sale_of(*said));
        proof.retain(|said| sale_of(*said).is_none_or(|sale| !ended.contains(&sale) || last == Some(sale)));
    }
    proof
}

fn sale_of(said: Said) -> Option<usize> {
    match said.what {
        What::Made(sale) | What::Owns(sale) | What::Confirmed(sale) | What::Ended(sale) => Some(sale),
        What::Taken => None,
    }
}

/// The calls of a proof, and what a reader needs to know to follow it: how each sale was made, and held.
fn calls(history: &History, together: &Together<'_>, proof: &[Said]) -> Vec<usize> {
    let mut calls: Vec<usize> = Vec::new();
    for said in proof {
        calls.extend(said.call);
        let made = sale_of(*said).and_then(|sale| together.sales[sale].call());
        calls.extend(made);
        for call in made.into_iter().chain(said.call) {
            if history.calls[call].op == Op::Reserve {
                calls.extend(super::asked::held_by(together, &history.calls[call]));
            }
        }
    }
    calls
}
