//! I20: one key, one answer.

use rustc_hash::FxHashMap;

use super::together::user_key;
use crate::calls::{Call, History, Outcome};
use crate::input::history::Op;
use crate::verdict::{Findings, Promise};

const SAME_ANSWER: Promise = ("I20", "the same key is given the same answer, byte for byte");
const ANSWERED_AGAIN: Promise = ("I20", "a key that was answered is answered so ever after");
const ONE_REQUEST: Promise = ("I20", "a key is for one request");

pub(super) fn check(history: &History, findings: &mut Findings) {
    let mut by_key: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for (place, call) in history.calls.iter().enumerate() {
        if let Some(key) = user_key(call) {
            by_key.entry(key).or_default().push(place);
        }
    }
    for (key, calls) in by_key {
        if calls.len() > 1 {
            one(
                history,
                &format!("key {} of user {}", history.text(key.1), history.text(key.0)),
                &calls,
                findings,
            );
        }
    }
}

fn one(history: &History, subject: &str, calls: &[usize], findings: &mut Findings) {
    let all = || calls.iter().map(|place| (*place, &history.calls[*place]));
    let answered = all().filter(|(_, call)| call.is_ok());
    let Some((first, known)) = answered.min_by_key(|(_, call)| call.to) else {
        return;
    };
    for (place, call) in all().filter(|(place, _)| *place != first) {
        let proof = || history.evidence_of([first, place]);
        let is_same = is_same_request(known, call);
        match call.outcome {
            Outcome::Ok if !is_same => findings.add(ONE_REQUEST, || subject.to_owned(), proof),
            Outcome::Ok if is_forgiven(history, known, call) => {}
            Outcome::Ok => {
                let said = |call: &Call| (call.answer.status, call.answer.body_hash);
                let of = |call: &Call| (call.answer.hold, call.answer.reservation.or(call.reservation));
                if said(known) != said(call) || of(known) != of(call) {
                    findings.add(SAME_ANSWER, || subject.to_owned(), proof);
                }
            }
            Outcome::Fail if is_same && known.to < call.from && !is_forgiven(history, known, call) => {
                findings.add(ANSWERED_AGAIN, || subject.to_owned(), proof);
            }
            Outcome::Fail | Outcome::Info => {}
        }
    }
}

fn is_same_request(one: &Call, other: &Call) -> bool {
    let sorted = |call: &Call| {
        let mut seats = call.seats.to_vec();
        seats.sort_unstable();
        seats
    };
    let of = |call: &Call| (call.op, call.showtime, call.hold, call.reservation);
    of(one) == of(other) && sorted(one) == sorted(other)
}

/// Holds are remembered by the store that may lose them.
fn is_forgiven(history: &History, one: &Call, other: &Call) -> bool {
    let from = one.from.min(other.from);
    let to = one.to.max(other.to);
    one.op == Op::Hold && history.losses.iter().any(|loss| loss.0 <= to && from <= loss.1)
}
