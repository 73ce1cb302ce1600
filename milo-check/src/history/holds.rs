//! I17: a seat's holds are a lock with a lease, but for the times in which the store of holds lost what it knew; and no
//! seat is held that nobody asked for.

use rustc_hash::FxHashMap;

use super::sales::Seat;
use super::together::{Claim, Together};
use crate::calls::History;
use crate::input::history::Op;
use crate::names::Name;
use crate::search::{Answer, NEVER, Thing, Window, order_exists, smallest};
use crate::verdict::{Findings, Promise};

const ONE_HOLDER: Promise = ("I17", "nobody holds a seat that somebody else holds");
const OUT_OF_THIN_AIR: Promise = ("I17", "a seat that is not free was asked for by somebody");
const YOURS: Promise = ("I17", "a seat that is yours was asked for by you");

pub(super) fn check(history: &History, together: &Together<'_>, findings: &mut Findings) {
    let asked = Asked::of(history, together);
    exclusive(history, together, &asked, findings);
    if !history.meta.others_too {
        explained(history, together, &asked, findings);
    }
}

/// Who asked for a seat, and when first.
#[derive(Debug, Default)]
struct Asked {
    /// The two first calls, so that a call does not explain itself: time and line.
    anybody: FxHashMap<Seat, [(u64, u64); 2]>,
    by_user: FxHashMap<(Seat, Name), u64>,
    /// Calls that may have reserved a seat, and the hold that they reserved.
    reserves: FxHashMap<Seat, Vec<(u64, Option<Name>)>>,
}

impl Asked {
    fn of(history: &History, together: &Together<'_>) -> Self {
        let mut all = Self::default();
        for call in &history.calls {
            let (seats, showtime) = match call.op {
                Op::Hold => (Some(call.seats.clone()), call.showtime),
                Op::Reserve => (together.seats_of(call), together.showtime_of(call)),
                _ => continue,
            };
            let Some((seats, showtime)) = seats.zip(showtime) else {
                continue;
            };
            for seat in seats {
                let seat = (showtime, seat);
                let is_direct = call.op == Op::Reserve && call.hold.is_none();
                if call.may_have_happened() || is_direct {
                    let first = all.anybody.entry(seat).or_insert([(NEVER, 0); 2]);
                    let [one, two] = *first;
                    let mut three = [one, two, (call.from, call.line)];
                    three.sort_unstable();
                    *first = [three[0], three[1]];
                    if let Some(user) = call.user {
                        let first = all.by_user.entry((seat, user)).or_insert(NEVER);
                        *first = call.from.min(*first);
                    }
                }
                if call.op == Op::Reserve && call.may_have_happened() {
                    all.reserves.entry(seat).or_default().push((call.from, call.hold));
                }
            }
        }
        for reserves in all.reserves.values_mut() {
            reserves.sort_unstable();
        }
        all
    }
}

/// A seat's lock. Calls are grants.
struct Lock<'a> {
    grants: &'a [Grant],
}

#[derive(Clone, Debug)]
struct Grant {
    claim: usize,
    granted: Window,
    ends: Vec<Window>,
}

impl Thing for Lock<'_> {
    type State = Option<usize>;

    fn start(&self) -> Option<usize> {
        None
    }

    fn call(&self, holder: &Option<usize>, call: usize) -> Option<Option<usize>> {
        holder.is_none().then_some(Some(call))
    }

    fn by_itself(&self, holder: &Option<usize>) -> Vec<(Option<usize>, Window)> {
        let ends = holder.map(|holder| &self.grants[holder].ends[..]).unwrap_or_default();
        ends.iter().map(|end| (None, *end)).collect()
    }
}

fn exclusive(history: &History, together: &Together<'_>, asked: &Asked, findings: &mut Findings) {
    let mut by_seat: FxHashMap<Seat, Vec<Grant>> = FxHashMap::default();
    for (place, claim) in together.claims.iter().enumerate() {
        let Some(showtime) = claim.showtime else { continue };
        for seat in &claim.seats {
            let seat = (showtime, *seat);
            by_seat.entry(seat).or_default().push(Grant {
                claim: place,
                granted: claim.granted,
                ends: ends(history, together, asked, claim, seat),
            });
        }
    }
    for (seat, mut grants) in by_seat {
        match judge(&mut grants) {
            Answer::Yes => {}
            Answer::GaveUp => findings.undecided.push(format!("I17 of seat {}", history.text(seat.1))),
            Answer::No => {
                let name = format!("seat {} in showtime {}", history.text(seat.1), history.text(seat.0));
                findings.add(
                    ONE_HOLDER,
                    || name,
                    || {
                        // A hold less is one less in the way of the others, whatever it was.
                        let proof = smallest(grants, |grants| judge(&mut grants.to_vec()) == Answer::No);
                        let calls = proof
                            .iter()
                            .filter_map(|grant| together.claims[grant.claim].calls.first());
                        history.evidence_of(calls.copied())
                    },
                );
            }
        }
    }
}

fn judge(grants: &mut [Grant]) -> Answer {
    grants.sort_by_key(|grant| (grant.granted.from, grant.granted.to));
    let windows: Vec<Window> = grants.iter().map(|grant| grant.granted).collect();
    order_exists(&Lock { grants }, &windows)
}

/// When a hold may have ended: let go, reserved, lapsed, overruled by a sale of somebody else, or lost.
fn ends(history: &History, together: &Together<'_>, asked: &Asked, claim: &Claim, seat: Seat) -> Vec<Window> {
    let lapsed = claim.granted.from.saturating_add(history.meta.hold_lease_us);
    let released = together.releases_of.get(&claim.id).into_iter().flatten();
    let released = released
        .map(|call| &history.calls[*call])
        .filter(|call| call.may_have_happened());
    let used = together.reserves_of.get(&claim.id).into_iter().flatten();
    let used = used.map(|call| &history.calls[*call]);
    let sold = asked.reserves.get(&seat).into_iter().flatten();
    let sold = sold.filter(|(_, hold)| *hold != Some(claim.id)).map(|(from, _)| *from);
    // A sale that came before the hold was granted cannot have ended it.
    let sold = sold.filter(|from| *from >= claim.granted.from).min();
    let from = released.chain(used).map(|call| call.from).chain(sold).min();
    let mut ends = vec![Window {
        from: from.unwrap_or(NEVER).min(lapsed),
        to: NEVER,
    }];
    for &(from, to) in &history.losses {
        if claim.granted.from <= to {
            ends.push(Window { from, to });
        }
    }
    ends
}

fn explained(history: &History, together: &Together<'_>, asked: &Asked, findings: &mut Findings) {
    for (place, call) in history.calls.iter().enumerate() {
        let about = |seat: Name| format!("seat {}", history.text(seat));
        let Some(showtime) = together.showtime_of(call) else {
            continue;
        };
        let map = call.answer.map.as_deref();
        let taken = map.into_iter().flat_map(|map| map.held.iter().chain(&map.sold));
        let refused = call.answer.unavailable.iter().filter(|_| call.hold.is_none());
        for seat in taken.chain(refused) {
            let asked = asked.anybody.get(&(showtime, *seat)).into_iter().flatten();
            let mut before = asked.filter(|(from, line)| *from <= call.to && *line != call.line);
            if before.next().is_none_or(|(from, _)| *from == NEVER) {
                findings.add(OUT_OF_THIN_AIR, || about(*seat), || history.evidence(place));
            }
        }
        let yours = map.into_iter().flat_map(|map| map.yours.iter());
        for seat in yours {
            let first = call.user.and_then(|user| asked.by_user.get(&((showtime, *seat), user)));
            if first.is_none_or(|first| *first > call.to) {
                findings.add(YOURS, || about(*seat), || history.evidence(place));
            }
        }
    }
}
