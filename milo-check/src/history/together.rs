//! Which calls were about one reservation or one hold: every attempt with the same key, or on the same hold, is one act.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::calls::{Call, History, Outcome};
use crate::input::dump::{Dump, Reservation};
use crate::input::history::Op;
use crate::names::Name;
use crate::search::{NEVER, Window};
use crate::states::Status;

/// A reservation that was made, as clients and the database know it.
#[derive(Debug)]
pub(crate) struct Sale<'d> {
    pub(crate) id: Name,
    pub(crate) showtime: Option<Name>,
    pub(crate) seats: Box<[Name]>,
    /// When it was made.
    pub(crate) made: Window,
    /// The calls that may have made it; those that were answered with it come first.
    pub(crate) calls: Vec<usize>,
    /// Whether a client was told that it was made.
    pub(crate) is_answered: bool,
    /// What the database says of it.
    pub(crate) row: Option<&'d Reservation>,
    pub(crate) reads: Vec<usize>,
    pub(crate) cancels: Vec<usize>,
}

impl Sale<'_> {
    /// The first call that was answered with it, or else the first that may have made it.
    pub(crate) fn call(&self) -> Option<usize> {
        self.calls.first().copied()
    }

    /// The answers that show how it stood at their time: every look at it, and a cancellation that ended it (which stays
    /// true, also when it is told again).
    pub(crate) fn seen(&self, history: &History) -> Vec<(usize, Status)> {
        let looks = self.reads.iter().map(|call| (*call, true));
        let all = looks.chain(self.cancels.iter().map(|call| (*call, false)));
        all.filter_map(|(place, is_look)| {
            let call = &history.calls[place];
            let status = call.answer.reservation_status.filter(|_| call.is_ok())?;
            (is_look || !status.owns_seats()).then_some((place, status))
        })
        .collect()
    }

    /// The first moment at which somebody may have begun to end it although it was confirmed.
    pub(crate) fn revoked_from(&self, history: &History, cancelled_from: u64) -> u64 {
        let asked = self.cancels.iter().map(|call| &history.calls[*call]);
        let asked = asked.filter(|call| call.may_have_happened()).map(|call| call.from);
        asked.min().unwrap_or(NEVER).min(cancelled_from)
    }
}

/// A hold that was asked for.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) id: Name,
    pub(crate) seats: Box<[Name]>,
    pub(crate) showtime: Option<Name>,
    /// When it was granted.
    pub(crate) granted: Window,
    /// Every attempt of it.
    pub(crate) calls: Vec<usize>,
}

/// Calls by what they were about.
#[derive(Debug, Default)]
pub(crate) struct Together<'d> {
    pub(crate) sales: Vec<Sale<'d>>,
    pub(crate) sale: FxHashMap<Name, usize>,
    /// Holds that were granted, and the place of each by its id.
    pub(crate) claims: Vec<Claim>,
    pub(crate) claim: FxHashMap<Name, usize>,
    /// Calls to reserve a hold, and to let it go.
    pub(crate) reserves_of: FxHashMap<Name, Vec<usize>>,
    pub(crate) releases_of: FxHashMap<Name, Vec<usize>>,
    /// When a showtime may first have been cancelled.
    pub(crate) cancelled_from: FxHashMap<Name, u64>,
    /// Reservations of the database that no call can have made.
    pub(crate) unasked: Vec<&'d Reservation>,
}

type UserKey = (Name, Name);

impl<'d> Together<'d> {
    pub(crate) fn of(history: &History, dump: Option<&'d Dump>) -> Self {
        let mut all = Self::default();
        let mut by_key: FxHashMap<UserKey, Vec<usize>> = FxHashMap::default();
        let mut held_by_key: FxHashMap<UserKey, Vec<usize>> = FxHashMap::default();
        for (place, call) in history.calls.iter().enumerate() {
            match call.op {
                Op::Reserve => {
                    if let Some(key) = user_key(call) {
                        by_key.entry(key).or_default().push(place);
                    }
                    if let Some(hold) = call.hold {
                        all.reserves_of.entry(hold).or_default().push(place);
                    }
                }
                Op::Hold => {
                    if let Some(key) = user_key(call) {
                        held_by_key.entry(key).or_default().push(place);
                    }
                }
                Op::Release => {
                    if let Some(hold) = call.hold {
                        all.releases_of.entry(hold).or_default().push(place);
                    }
                }
                Op::CancelShowtime => {
                    if let Some(showtime) = call.showtime.filter(|_| call.may_have_happened()) {
                        let first = all.cancelled_from.entry(showtime).or_insert(NEVER);
                        *first = call.from.min(*first);
                    }
                }
                Op::Cancel | Op::Read | Op::SeatMap => {}
            }
        }
        all.gather_claims(history, &held_by_key);
        all.gather_sales(history, dump, &by_key);
        for (place, call) in history.calls.iter().enumerate() {
            let Some(sale) = call.reservation.and_then(|id| all.sale.get(&id)) else {
                continue;
            };
            match call.op {
                Op::Read => all.sales[*sale].reads.push(place),
                Op::Cancel => all.sales[*sale].cancels.push(place),
                _ => {}
            }
        }
        all
    }

    fn gather_claims(&mut self, history: &History, by_key: &FxHashMap<UserKey, Vec<usize>>) {
        for (place, call) in history.calls.iter().enumerate() {
            let Some(id) = call.answer.hold.filter(|_| call.op == Op::Hold && call.is_ok()) else {
                continue;
            };
            let known = *self.claim.entry(id).or_insert_with(|| {
                self.claims.push(Claim {
                    id,
                    seats: call.seats.clone(),
                    showtime: call.showtime,
                    granted: Window { from: NEVER, to: NEVER },
                    calls: Vec::new(),
                });
                self.claims.len() - 1
            });
            let claim = &mut self.claims[known];
            if claim.calls.is_empty()
                && let Some(attempts) = user_key(call).and_then(|key| by_key.get(&key))
            {
                claim.calls.extend(attempts.iter().filter(|other| **other != place));
                for other in attempts {
                    claim.granted.from = claim.granted.from.min(history.calls[*other].from);
                }
            }
            claim.calls.retain(|other| *other != place);
            claim.calls.insert(0, place);
            claim.granted.from = claim.granted.from.min(call.from);
            claim.granted.to = claim.granted.to.min(call.to);
        }
    }

    fn gather_sales(&mut self, history: &History, dump: Option<&'d Dump>, by_key: &FxHashMap<UserKey, Vec<usize>>) {
        for (place, call) in history.calls.iter().enumerate() {
            let Some(id) = call
                .answer
                .reservation
                .filter(|_| call.op == Op::Reserve && call.is_ok())
            else {
                continue;
            };
            let known = self.known_sale(id);
            let (attempts, held) = (self.attempts(call, by_key), self.seats_of(call));
            let sale = &mut self.sales[known];
            sale.is_answered = true;
            if sale.seats.is_empty() {
                sale.seats = held
                    .filter(|seats| !seats.is_empty())
                    .unwrap_or_else(|| call.answer.seats.clone());
            }
            sale.showtime = sale.showtime.or(call.answer.showtime).or(call.showtime);
            sale.calls.retain(|other| *other != place);
            sale.calls.insert(0, place);
            for other in attempts {
                sale.made.from = sale.made.from.min(history.calls[other].from);
                if !sale.calls.contains(&other) {
                    sale.calls.push(other);
                }
            }
            sale.made.from = sale.made.from.min(call.from);
            sale.made.to = sale.made.to.min(call.to);
        }
        if let Some(dump) = dump {
            self.gather_rows(history, dump, by_key);
        }
    }

    /// The reservations of the database, with the calls that may have made them.
    fn gather_rows(&mut self, history: &History, dump: &'d Dump, by_key: &FxHashMap<UserKey, Vec<usize>>) {
        let names = &history.names;
        let mut keys: FxHashMap<&str, Vec<UserKey>> = FxHashMap::default();
        for row in &dump.reservation_keys {
            if let Some(key) = names.known(&row.user_id).zip(names.known(&row.key)) {
                keys.entry(&row.reservation_id).or_default().push(key);
            }
        }
        let mut seats: FxHashMap<(&str, &str), Vec<Name>> = FxHashMap::default();
        for seat in &dump.reserved_seats {
            if let Some(name) = names.known(&seat.seat_id) {
                seats
                    .entry((&seat.showtime_id, &seat.reservation_id))
                    .or_default()
                    .push(name);
            }
        }
        let keyless = keyless(history);
        for row in &dump.reservations {
            let of = (&*row.showtime_id, &*row.id);
            let known = names.known(&row.id).and_then(|id| self.sale.get(&id)).copied();
            if let Some(known) = known {
                self.sales[known].row = Some(row);
                continue;
            }
            let mut calls: FxHashSet<usize> = FxHashSet::default();
            for key in keys.get(&*row.id).into_iter().flatten() {
                calls.extend(by_key.get(key).into_iter().flatten());
            }
            let hold = names.known(&row.hold_id);
            calls.extend(hold.and_then(|hold| self.reserves_of.get(&hold)).into_iter().flatten());
            let mut owned = seats.remove(&of).unwrap_or_default();
            owned.sort_unstable();
            if let Some((showtime, user)) = names.known(&row.showtime_id).zip(names.known(&row.user_id)) {
                calls.extend(keyless.get(&(showtime, user, owned.clone())).into_iter().flatten());
            }
            let mut possible: Vec<usize> = calls.iter().copied().collect();
            possible.sort_unstable_by_key(|call| (history.calls[*call].outcome == Outcome::Fail, *call));
            let may_be = possible
                .first()
                .is_some_and(|call| history.calls[*call].may_have_happened());
            let id = names.known(&row.id);
            match id.filter(|_| may_be) {
                _ if possible.is_empty() => self.unasked.push(row),
                // Nobody ever asked for it by name, so the name was never read.
                None => self.untold(history, row, possible, &owned),
                Some(id) => {
                    let place = self.known_sale(id);
                    self.complete(history, place, row, possible, &owned);
                }
            }
        }
    }

    fn untold(&mut self, history: &History, row: &'d Reservation, calls: Vec<usize>, seats: &[Name]) {
        // No client knows this name; any that is nobody else's will do, so it gets no entry by name.
        let hold = history.names.known(&row.hold_id);
        let id = hold.unwrap_or_else(|| history.calls[calls[0]].key.unwrap_or_default());
        self.sales.push(new_sale(id));
        let place = self.sales.len() - 1;
        self.complete(history, place, row, calls, seats);
    }

    fn complete(&mut self, history: &History, place: usize, row: &'d Reservation, calls: Vec<usize>, seats: &[Name]) {
        let sale = &mut self.sales[place];
        sale.row = Some(row);
        sale.seats = seats.into();
        sale.showtime = history.names.known(&row.showtime_id);
        let possible = calls
            .iter()
            .map(|call| &history.calls[*call])
            .filter(|call| call.may_have_happened());
        sale.made.from = possible.map(|call| call.from).min().unwrap_or(0);
        sale.calls = calls;
    }

    fn known_sale(&mut self, id: Name) -> usize {
        *self.sale.entry(id).or_insert_with(|| {
            self.sales.push(new_sale(id));
            self.sales.len() - 1
        })
    }

    /// Every call that may have done what this one was told is done.
    fn attempts(&self, call: &Call, by_key: &FxHashMap<UserKey, Vec<usize>>) -> Vec<usize> {
        let by_key = user_key(call).and_then(|key| by_key.get(&key));
        let by_hold = call.hold.and_then(|hold| self.reserves_of.get(&hold));
        by_key.into_iter().chain(by_hold).flatten().copied().collect()
    }

    /// The seats that a call to reserve is about, if they are known.
    pub(crate) fn seats_of(&self, call: &Call) -> Option<Box<[Name]>> {
        match call.hold {
            None => Some(call.seats.clone()),
            Some(hold) => self.claim.get(&hold).map(|claim| self.claims[*claim].seats.clone()),
        }
    }

    /// The showtime that a call to reserve is about, if it is known.
    pub(crate) fn showtime_of(&self, call: &Call) -> Option<Name> {
        let held = call.hold.and_then(|hold| self.claim.get(&hold));
        held.and_then(|claim| self.claims[*claim].showtime).or(call.showtime)
    }

    /// When a sale's showtime may first have been cancelled.
    pub(crate) fn cancelled_from(&self, sale: &Sale<'_>) -> u64 {
        let showtime = sale.showtime.and_then(|showtime| self.cancelled_from.get(&showtime));
        showtime.copied().unwrap_or(NEVER)
    }
}

fn new_sale<'d>(id: Name) -> Sale<'d> {
    Sale {
        id,
        showtime: None,
        seats: Box::default(),
        made: Window { from: NEVER, to: NEVER },
        calls: Vec::new(),
        is_answered: false,
        row: None,
        reads: Vec::new(),
        cancels: Vec::new(),
    }
}

pub(crate) fn user_key(call: &Call) -> Option<UserKey> {
    call.user.zip(call.key)
}

/// Calls to reserve seats without a hold and without a key, by showtime, user and seats.
fn keyless(history: &History) -> FxHashMap<(Name, Name, Vec<Name>), Vec<usize>> {
    let mut all: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for (place, call) in history.calls.iter().enumerate() {
        if call.op == Op::Reserve
            && call.key.is_none()
            && let Some((showtime, user)) = call.showtime.zip(call.user)
        {
            let mut seats = call.seats.to_vec();
            seats.sort_unstable();
            all.entry((showtime, user, seats)).or_default().push(place);
        }
    }
    all
}
