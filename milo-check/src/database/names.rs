//! I10: ids, codes, holds and keys name one thing.

use std::hash::Hash;

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::{Database, row, rows};
use crate::input::dump::Dump;
use crate::verdict::{Findings, Promise};

const HOLD_ONCE: Promise = ("I10", "a hold is reserved once");
const ONE_THING: Promise = ("I10", "ids and codes name one thing");
const KEY_ONCE: Promise = (
    "I10",
    "a key names one reservation of its user, which no other key names",
);

pub(super) fn check(dump: &Dump, database: &Database<'_>, findings: &mut Findings) {
    let reservations = ("reservations", &dump.reservations[..]);
    twins(
        HOLD_ONCE,
        reservations,
        findings,
        |one| (&*one.showtime_id, &*one.hold_id),
        |one| format!("hold {} in showtime {}", one.hold_id, one.showtime_id),
    );
    twins(
        ONE_THING,
        reservations,
        findings,
        |one| &*one.id,
        |one| format!("reservation {}", one.id),
    );
    twins(
        ONE_THING,
        reservations,
        findings,
        |one| &*one.code,
        |one| format!("code {}", one.code),
    );
    let payments = ("payments", &dump.payments[..]);
    twins(
        ONE_THING,
        payments,
        findings,
        |one| &*one.id,
        |one| format!("payment {}", one.id),
    );
    let messages = ("outbox", &dump.outbox[..]);
    twins(
        ONE_THING,
        messages,
        findings,
        |one| &*one.id,
        |one| format!("message {}", one.id),
    );
    let keys = ("reservation_keys", &dump.reservation_keys[..]);
    twins(
        KEY_ONCE,
        keys,
        findings,
        |one| (&*one.user_id, &*one.key),
        |one| format!("key {} of user {}", one.key, one.user_id),
    );
    twins(
        KEY_ONCE,
        keys,
        findings,
        |one| (&*one.showtime_id, &*one.reservation_id),
        |one| format!("reservation {}", one.reservation_id),
    );
    for key in &dump.reservation_keys {
        let booking = database.booking(&key.showtime_id, &key.reservation_id);
        if booking.is_none_or(|booking| booking.reservation.user_id != key.user_id) {
            findings.add(
                KEY_ONCE,
                || format!("key {} of user {}", key.key, key.user_id),
                || {
                    let named = booking.map(|booking| booking.reservation);
                    [row("reservation_keys", key)]
                        .into_iter()
                        .chain(rows("reservations", named))
                        .collect()
                },
            );
        }
    }
}

fn twins<'r, R: Serialize, N: Eq + Hash>(
    promise: Promise,
    (table, all): (&'static str, &'r [R]),
    findings: &mut Findings,
    name: impl Fn(&'r R) -> N,
    subject: impl Fn(&R) -> String,
) {
    let mut known: FxHashMap<N, &R> = FxHashMap::default();
    for one in all {
        if let Some(other) = known.insert(name(one), one) {
            findings.add(promise, || subject(one), || rows(table, [other, one]).collect());
        }
    }
}
