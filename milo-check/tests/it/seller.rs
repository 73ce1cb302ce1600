//! An honest seller, made up: clients at the same time, lost answers, repeats, a store of holds that forgets, payments
//! that succeed and fail. What it leaves behind is right by construction, and written without the checker's own code.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::Write;

use milo_check::dump::{Event, Key, Message, Payment, PaymentOp, Reservation, ReservedSeat, Showtime};
use milo_check::events::{Answered, Fault, Invoke, Line, Meta, Op};
use milo_check::ledger::{Entry, Operation};
use milo_check::{Dump, Ledger, PaymentStatus, Status};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How long a hold lasts.
const LEASE_US: u64 = 40_000;

/// The size of a made-up sale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) calls: usize,
    pub(crate) buyers: u64,
    pub(crate) seats: u64,
    /// After so many calls, another showtime is sold.
    pub(crate) calls_a_showtime: usize,
    /// One of so many answers is lost.
    pub(crate) lost_one_of: u64,
    /// One of so many calls, the store of holds forgets everything.
    pub(crate) forgets_one_of: u64,
}

/// A reservation and its steps.
struct Booking {
    showtime: u64,
    user: u64,
    hold: String,
    key: Option<String>,
    seats: Vec<u64>,
    steps: Vec<(Status, PaymentStatus, &'static str)>,
}

impl Booking {
    fn now(&self) -> (Status, PaymentStatus) {
        self.steps
            .last()
            .map_or((Status::PendingPayment, PaymentStatus::Created), |step| {
                (step.0, step.1)
            })
    }
}

struct Hold {
    user: u64,
    showtime: u64,
    seats: Vec<u64>,
    until: u64,
    ended: bool,
}

/// What happens next, at a moment that nobody but the seller sees.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Buyer(u64),
    Payment(usize),
}

/// What a buyer is about.
/// What was asked, with which key, and about what.
type Question = (Op, String, Option<String>, Option<usize>);

#[derive(Clone, Default)]
struct Buyer {
    asked_at: u64,
    hold: Option<String>,
    reservation: Option<usize>,
    /// The question whose answer never came.
    again: Option<Question>,
    turns: u64,
}

pub(crate) struct Seller<W> {
    size: Size,
    random: StdRng,
    out: W,
    queue: BinaryHeap<Reverse<(u64, Next)>>,
    buyers: Vec<Buyer>,
    holds: BTreeMap<String, Hold>,
    /// What was answered to a key.
    answers: BTreeMap<String, Answered<'static>>,
    locks: BTreeMap<(u64, u64), String>,
    owners: BTreeMap<(u64, u64), usize>,
    bookings: Vec<Booking>,
    calls: usize,
}

impl<W: Write> Seller<W> {
    pub(crate) fn new(seed: u64, size: Size, out: W) -> Self {
        Self {
            size,
            random: StdRng::seed_from_u64(seed),
            out,
            queue: BinaryHeap::new(),
            buyers: vec![Buyer::default(); usize::try_from(size.buyers).expect("few")],
            holds: BTreeMap::new(),
            answers: BTreeMap::new(),
            locks: BTreeMap::new(),
            owners: BTreeMap::new(),
            bookings: Vec::new(),
            calls: 0,
        }
    }

    /// Sells; gives what the database and the gateway have at the end, when everything has come to rest.
    pub(crate) fn sell(mut self) -> (Dump, Ledger) {
        self.write(&Line::Meta(Meta {
            hold_lease_us: LEASE_US,
            others_too: false,
        }));
        for buyer in 0..self.size.buyers {
            self.ask_later(buyer, 1);
        }
        while let Some(Reverse((now, next))) = self.queue.pop() {
            match next {
                Next::Payment(booking) => self.pay(booking, now),
                Next::Buyer(buyer) if self.calls < self.size.calls => self.turn(buyer, now),
                Next::Buyer(_) => {}
            }
        }
        self.books()
    }

    fn one_of(&mut self, count: u64) -> bool {
        self.random.random_range(0..count) == 0
    }

    fn write(&mut self, line: &Line<'_>) {
        serde_json::to_writer(&mut self.out, line).expect("it can be written");
        self.out.write_all(b"\n").expect("it can be written");
    }

    fn ask_later(&mut self, buyer: u64, now: u64) {
        let asked_at = now + self.random.random_range(1..50);
        self.buyers[buyer as usize].asked_at = asked_at;
        let decided_at = asked_at + self.random.random_range(0..30);
        self.queue.push(Reverse((decided_at, Next::Buyer(buyer))));
    }

    fn showtime(&self) -> u64 {
        (self.calls / self.size.calls_a_showtime) as u64
    }

    fn turn(&mut self, buyer: u64, now: u64) {
        self.calls += 1;
        if self.one_of(self.size.forgets_one_of) {
            self.forget(now);
        }
        let mut me = self.buyers[buyer as usize].clone();
        me.turns += 1;
        let new_key = format!("k{buyer}-{}", me.turns);
        let again = me.again.take();
        if let Some((_, _, hold, reservation)) = &again {
            (me.hold, me.reservation) = (hold.clone(), *reservation);
        }
        let (op, key) = again.map(|(op, key, ..)| (op, key)).unwrap_or_else(|| {
            let op = match (&me.hold, me.reservation) {
                _ if self.random.random_range(0..10) == 0 => Op::SeatMap,
                (None, None) if self.random.random_range(0..5) == 0 => Op::Reserve,
                (None, None) => Op::Hold,
                (Some(_), None) if self.random.random_range(0..4) == 0 => Op::Release,
                (Some(_), None) => Op::Reserve,
                (_, Some(_)) if self.random.random_range(0..3) == 0 => Op::Cancel,
                (_, Some(_)) => Op::Read,
            };
            (op, new_key.clone())
        });
        let mut ask = Invoke {
            process: buyer,
            time_us: me.asked_at,
            op,
            user: Some(format!("u{buyer}").into()),
            ..Invoke::default()
        };
        let result = match op {
            Op::Hold => self.hold(buyer, &key, now, &mut ask),
            Op::Release => self.release(&mut me, &mut ask),
            Op::Reserve => self.reserve(buyer, &mut me, &key, now, &mut ask),
            Op::Cancel => self.cancel(&me, &key, &mut ask),
            Op::Read => self.read(&me, &mut ask),
            Op::SeatMap | Op::CancelShowtime => self.seat_map(buyer, now, &mut ask),
        };
        let question = (op, key, me.hold.clone(), me.reservation);
        let told_at = now + self.random.random_range(0..30);
        self.write(&Line::Invoke(ask));
        let is_lost = self.one_of(self.size.lost_one_of);
        let is_repeatable = matches!(op, Op::Hold | Op::Reserve | Op::Cancel);
        let answered = |mut answered: Answered<'static>| {
            answered.process = buyer;
            answered.time_us = told_at;
            answered
        };
        if is_lost {
            self.write(&Line::Info(answered(Answered::default())));
            me.again = is_repeatable.then_some(question);
        } else {
            match result {
                Ok(told) => {
                    self.learn(&mut me, op, &told);
                    // Sometimes somebody asks again although the answer came.
                    me.again = (is_repeatable && self.one_of(20)).then_some(question);
                    self.write(&Line::Ok(answered(told)));
                }
                Err(told) => {
                    if matches!(op, Op::Reserve | Op::Release) {
                        me.hold = None;
                    }
                    if op == Op::Cancel {
                        me.reservation = None;
                    }
                    self.write(&Line::Fail(answered(*told)));
                }
            }
        }
        self.buyers[buyer as usize] = me;
        self.ask_later(buyer, told_at);
    }

    fn learn(&mut self, me: &mut Buyer, op: Op, told: &Answered<'static>) {
        match op {
            Op::Hold => me.hold = told.hold.as_deref().map(str::to_owned),
            Op::Release => me.hold = None,
            Op::Reserve => {
                me.hold = None;
                let id = told.reservation.as_deref().expect("a reservation");
                me.reservation = Some(id.trim_start_matches('r').parse().expect("a number"));
            }
            Op::Read
                if told
                    .reservation_status
                    .is_some_and(|status| status != Status::Confirmed && !status.owns_seats()) =>
            {
                me.reservation = None;
            }
            Op::Read if self.random.random_range(0..6) == 0 => me.reservation = None,
            _ => {}
        }
    }

    fn forget(&mut self, now: u64) {
        self.locks.clear();
        self.holds.clear();
        self.answers.retain(|key, _| !key.starts_with("hold"));
        let (from_us, to_us) = (now.saturating_sub(5), now + 5);
        self.write(&Line::Fault(Fault {
            fault: Fault::HOLDS_LOST.into(),
            from_us,
            to_us,
        }));
    }

    fn is_free(&self, seat: (u64, u64), now: u64) -> bool {
        let held = self.locks.get(&seat).and_then(|hold| self.holds.get(hold));
        !self.owners.contains_key(&seat) && held.is_none_or(|hold| hold.ended || hold.until <= now)
    }

    /// The same seats for the same key.
    fn choose(&self, buyer: u64, key: &str) -> Vec<u64> {
        let turn: u64 = key.rsplit('-').next().expect("a turn").parse().expect("a number");
        let first = (buyer * 7 + turn * 3) % self.size.seats;
        let mut seats = vec![first];
        if (buyer + turn).is_multiple_of(2) && first + 1 < self.size.seats {
            seats.push(first + 1);
        }
        seats
    }

    /// The showtime that a key was first used in.
    fn showtime_of(&mut self, key: &str) -> u64 {
        let now = self.showtime();
        let known = self.answers.entry(format!("show {key}")).or_insert_with(|| Answered {
            process: now,
            ..Answered::default()
        });
        known.process
    }

    fn hold(&mut self, buyer: u64, key: &str, now: u64, ask: &mut Invoke<'static>) -> Told {
        let (showtime, seats) = (self.showtime_of(key), self.choose(buyer, key));
        ask.key = Some(key.to_owned().into());
        ask.showtime = Some(format!("s{showtime}").into());
        ask.seats = named(&seats);
        if let Some(known) = self.answers.get(&format!("hold {key}")) {
            return Ok(known.clone());
        }
        let taken: Vec<u64> = seats
            .iter()
            .copied()
            .filter(|seat| !self.is_free((showtime, *seat), now))
            .collect();
        if !taken.is_empty() {
            return Err(unavailable(&taken));
        }
        let id = format!("h-{key}");
        for &seat in &seats {
            self.locks.insert((showtime, seat), id.clone());
        }
        let told = Answered {
            status: Some(201),
            hold: Some(id.clone().into()),
            showtime: ask.showtime.clone(),
            seats: named(&seats),
            body_hash: Some(format!("{now:x}").into()),
            ..Answered::default()
        };
        self.answers.insert(format!("hold {key}"), told.clone());
        self.holds.insert(
            id,
            Hold {
                user: buyer,
                showtime,
                seats,
                until: now + LEASE_US,
                ended: false,
            },
        );
        Ok(told)
    }

    fn release(&mut self, me: &mut Buyer, ask: &mut Invoke<'static>) -> Told {
        let id = me.hold.clone().expect("a hold");
        ask.hold = Some(id.clone().into());
        match self.holds.get_mut(&id) {
            Some(hold) if !hold.ended => {
                hold.ended = true;
                Ok(Answered {
                    status: Some(204),
                    ..Answered::default()
                })
            }
            _ => Err(refused(404)),
        }
    }

    fn reserve(&mut self, buyer: u64, me: &mut Buyer, key: &str, now: u64, ask: &mut Invoke<'static>) -> Told {
        ask.key = Some(key.to_owned().into());
        let mut hold = format!("d-{key}");
        let (showtime, seats) = if let Some(id) = me.hold.clone() {
            ask.hold = Some(id.clone().into());
            hold = id;
            match self.holds.get(&hold) {
                Some(held) => (held.showtime, held.seats.clone()),
                None => (0, Vec::new()),
            }
        } else {
            let (showtime, seats) = (self.showtime_of(key), self.choose(buyer, key));
            ask.showtime = Some(format!("s{showtime}").into());
            ask.seats = named(&seats);
            (showtime, seats)
        };
        if let Some(known) = self.answers.get(&format!("reserve {key}")) {
            return Ok(known.clone());
        }
        if me.hold.is_some() {
            if self.holds.get(&hold).is_none_or(|held| held.ended || held.until <= now) {
                return Err(refused(410));
            }
        } else {
            let taken: Vec<u64> = seats
                .iter()
                .copied()
                .filter(|seat| !self.is_free((showtime, *seat), now))
                .collect();
            if !taken.is_empty() {
                return Err(unavailable(&taken));
            }
        }
        let taken: Vec<u64> = seats
            .iter()
            .copied()
            .filter(|seat| self.owners.contains_key(&(showtime, *seat)))
            .collect();
        if !taken.is_empty() {
            return Err(unavailable(&taken));
        }
        if let Some(held) = self.holds.get_mut(&hold) {
            held.ended = true;
        }
        let booking = self.bookings.len();
        for &seat in &seats {
            self.owners.insert((showtime, seat), booking);
        }
        self.bookings.push(Booking {
            showtime,
            user: buyer,
            hold,
            key: Some(key.to_owned()),
            seats: seats.clone(),
            steps: Vec::new(),
        });
        let told = Answered {
            status: Some(201),
            reservation: Some(format!("r{booking}").into()),
            showtime: Some(format!("s{showtime}").into()),
            seats: named(&seats),
            reservation_status: Some(Status::PendingPayment),
            body_hash: Some(format!("{now:x}").into()),
            ..Answered::default()
        };
        self.answers.insert(format!("reserve {key}"), told.clone());
        let begins = now + self.random.random_range(10..300);
        self.queue.push(Reverse((begins, Next::Payment(booking))));
        Ok(told)
    }

    fn step(&mut self, booking: usize, status: Status, payment: PaymentStatus, actor: &'static str) {
        let one = &mut self.bookings[booking];
        one.steps.push((status, payment, actor));
        if !status.owns_seats() {
            for &seat in &one.seats {
                let seat = (one.showtime, seat);
                if self.owners.get(&seat) == Some(&booking) {
                    self.owners.remove(&seat);
                }
            }
        }
    }

    fn pay(&mut self, booking: usize, now: u64) {
        use PaymentStatus as P;
        use Status as S;
        let worker = "payment_worker";
        match self.bookings[booking].now() {
            (S::PendingPayment, _) if booking % 9 == 8 => self.step(booking, S::Expired, P::Dropped, "expiry"),
            (S::PendingPayment, _) => self.step(booking, S::Paying, P::Authorizing, worker),
            (_, P::Authorizing) if booking % 7 == 6 => self.step(booking, S::PaymentFailed, P::Declined, worker),
            (_, P::Authorizing) if booking % 11 == 10 => self.step(booking, S::Paying, P::Voiding, worker),
            (_, P::Authorizing) => self.step(booking, S::Paying, P::Capturing, worker),
            (_, P::Voiding) => self.step(booking, S::PaymentFailed, P::Voided, worker),
            (_, P::Capturing) => self.step(booking, S::Confirmed, P::Captured, worker),
            (_, P::Refunding) => self.step(booking, S::Cancelled, P::Refunded, worker),
            _ => return,
        }
        let then = now + self.random.random_range(5..200);
        self.queue.push(Reverse((then, Next::Payment(booking))));
    }

    fn cancel(&mut self, me: &Buyer, key: &str, ask: &mut Invoke<'static>) -> Told {
        let booking = me.reservation.expect("a reservation");
        ask.reservation = Some(format!("r{booking}").into());
        ask.key = Some(key.to_owned().into());
        if let Some(known) = self.answers.get(&format!("cancel {key}")) {
            return Ok(known.clone());
        }
        match self.bookings[booking].now() {
            (Status::PendingPayment, _) => self.step(booking, Status::Cancelled, PaymentStatus::Dropped, "owner"),
            (Status::Confirmed, _) => {
                self.step(booking, Status::Cancelled, PaymentStatus::Refunding, "owner");
                self.queue.push(Reverse((0, Next::Payment(booking))));
            }
            _ => return Err(refused(409)),
        }
        let told = self.told(booking);
        self.answers.insert(format!("cancel {key}"), told.clone());
        Ok(told)
    }

    fn told(&self, booking: usize) -> Answered<'static> {
        let (status, payment) = self.bookings[booking].now();
        Answered {
            status: Some(200),
            reservation_status: Some(status),
            payment_status: Some(payment),
            ..Answered::default()
        }
    }

    fn read(&mut self, me: &Buyer, ask: &mut Invoke<'static>) -> Told {
        let booking = me.reservation.expect("a reservation");
        ask.reservation = Some(format!("r{booking}").into());
        Ok(self.told(booking))
    }

    fn seat_map(&mut self, buyer: u64, now: u64, ask: &mut Invoke<'static>) -> Told {
        let showtime = self.showtime();
        ask.showtime = Some(format!("s{showtime}").into());
        let (mut held, mut sold, mut yours) = (Vec::new(), Vec::new(), Vec::new());
        for seat in 0..self.size.seats {
            let place = (showtime, seat);
            let lock = self.locks.get(&place).and_then(|hold| self.holds.get(hold));
            if self.owners.contains_key(&place) {
                sold.push(seat);
            } else if let Some(hold) = lock.filter(|hold| !hold.ended && hold.until > now) {
                if hold.user == buyer {
                    yours.push(seat)
                } else {
                    held.push(seat)
                }
            }
        }
        Ok(Answered {
            status: Some(200),
            held: named(&held),
            sold: named(&sold),
            yours: named(&yours),
            ..Answered::default()
        })
    }

    fn books(mut self) -> (Dump, Ledger) {
        let mut dump = Dump {
            settled: true,
            ..Dump::default()
        };
        let mut ledger = Ledger::default();
        dump.showtimes = (0..=self.showtime())
            .map(|showtime| Showtime {
                id: format!("s{showtime}"),
                status: "scheduled".to_owned(),
                screen_id: "screen".to_owned(),
            })
            .collect();
        for (number, booking) in std::mem::take(&mut self.bookings).into_iter().enumerate() {
            write_down(number, &booking, &mut dump, &mut ledger);
        }
        (dump, ledger)
    }
}

type Told = Result<Answered<'static>, Box<Answered<'static>>>;

fn named(seats: &[u64]) -> Vec<std::borrow::Cow<'static, str>> {
    seats.iter().map(|seat| format!("seat{seat}").into()).collect()
}

fn refused(status: u16) -> Box<Answered<'static>> {
    Box::new(Answered {
        status: Some(status),
        ..Answered::default()
    })
}

fn unavailable(seats: &[u64]) -> Box<Answered<'static>> {
    Box::new(Answered {
        problem: Some("seats-unavailable".into()),
        unavailable_seats: named(seats),
        ..*refused(409)
    })
}

fn write_down(number: usize, booking: &Booking, dump: &mut Dump, ledger: &mut Ledger) {
    let (id, payment) = (format!("r{number}"), format!("p{number}"));
    let showtime_id = format!("s{}", booking.showtime);
    let (status, payment_status) = booking.now();
    let at: jiff::Timestamp = "2026-01-01T10:00:00Z".parse().expect("a time");
    let total_minor = 1000 * booking.seats.len() as i64;
    dump.reservations.push(Reservation {
        showtime_id: showtime_id.clone(),
        id: id.clone(),
        version: booking.steps.len() as u64 + 1,
        code: format!("C{number}"),
        user_id: format!("u{}", booking.user),
        hold_id: booking.hold.clone(),
        status,
        seat_count: booking.seats.len() as u64,
        total_minor,
        currency: "EUR".to_owned(),
        user_seats_max: u64::MAX,
        cancel_requested: None,
    });
    for seat in &booking.seats {
        dump.reserved_seats.push(ReservedSeat {
            showtime_id: showtime_id.clone(),
            reservation_id: id.clone(),
            seat_id: format!("seat{seat}"),
            screen_id: "screen".to_owned(),
            price_minor: 1000,
            released_at: (!status.owns_seats()).then_some(at),
        });
    }
    dump.payments.push(Payment {
        showtime_id: showtime_id.clone(),
        id: payment.clone(),
        reservation_id: id.clone(),
        status: payment_status,
        amount_minor: total_minor,
        currency: "EUR".to_owned(),
        next_attempt_at: None,
        needs_review: false,
    });
    if let Some(key) = &booking.key {
        dump.reservation_keys.push(Key {
            user_id: format!("u{}", booking.user),
            key: key.clone(),
            showtime_id: showtime_id.clone(),
            reservation_id: id.clone(),
        });
    }
    let mut before = None;
    let made = (Status::PendingPayment, PaymentStatus::Created, "owner");
    for (seq, (to, to_payment, actor)) in (1..).zip([made].into_iter().chain(booking.steps.iter().copied())) {
        let from: Option<(Status, PaymentStatus)> = before;
        dump.reservation_events.push(Event {
            showtime_id: showtime_id.clone(),
            reservation_id: id.clone(),
            seq,
            from_status: from.map(|from| from.0),
            from_payment_status: from.map(|from| from.1),
            to_status: to,
            to_payment_status: to_payment,
            actor: actor.to_owned(),
        });
        let mut topics = Vec::new();
        match (to, to_payment) {
            (Status::PendingPayment, _) => topics.extend(["payment_due", "seats_taken"]),
            (Status::Confirmed, _) => topics.push("seats_settled"),
            (_, PaymentStatus::Refunding) => topics.extend(["seats_freed", "payment_due"]),
            (_, PaymentStatus::Refunded) | (Status::Paying, _) => {}
            _ => topics.push("seats_freed"),
        }
        for topic in topics {
            dump.outbox.push(Message {
                showtime_id: showtime_id.clone(),
                id: format!("m{number}-{seq}-{topic}"),
                reservation_id: id.clone(),
                step: seq,
                topic: topic.to_owned(),
                payload: serde_json::Value::Null,
                written_at: at,
                parked_at: None,
                delivered_at: Some(at),
            });
        }
        let did = match to_payment {
            PaymentStatus::Capturing => Some((Operation::Authorize, "authorized", "auth")),
            PaymentStatus::Captured => Some((Operation::Capture, "captured", "capture")),
            PaymentStatus::Voided => Some((Operation::Close, "closed", "close")),
            PaymentStatus::Refunded => Some((Operation::Refund, "refunded", "refund")),
            _ => None,
        };
        if let Some((operation, outcome, name)) = did {
            let op_key = format!("milo:{payment}:{name}");
            ledger.ledger.push(Entry {
                sequence: ledger.ledger.len() as u64 + 1,
                payment: payment.clone(),
                key: op_key.clone(),
                operation,
                amount_minor: Some(total_minor),
                currency: Some("EUR".to_owned()),
                effect: true,
            });
            dump.payment_ops.push(PaymentOp {
                showtime_id: showtime_id.clone(),
                reservation_id: id.clone(),
                step: seq,
                payment_id: payment.clone(),
                op_key,
                outcome: outcome.to_owned(),
                amount_minor: total_minor,
            });
        }
        before = Some((to, to_payment));
    }
}
