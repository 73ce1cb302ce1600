//! One state of the world: what the stores, the gateway and the processes know.

use std::hash::{Hash, Hasher};

use milo_core::ports::GatewayStatus;

use crate::rules::{Case, Do};
use crate::size::{DESKS_MAX, ROWS_MAX, SEATS_MAX, USERS_MAX, WORKERS_MAX};

/// A message that leaves through the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letter {
    /// Its seats are taken: to the lock store.
    Taken,
    /// Its seats are free: to the lock store.
    Freed,
    /// Its payment is due: to the queue.
    Due,
}

/// What a gateway is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Reserve the money.
    Authorize,
    /// Take it.
    Capture,
    /// Close the payment for good.
    Close,
    /// Give it back.
    Refund,
}

/// Small sets by bit.
pub(crate) trait Bit: Copy {
    fn bit(self) -> u8;
}

impl Bit for Letter {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Bit for Operation {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Letter {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Taken, Self::Freed, Self::Due];
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Authorize, Self::Capture, Self::Close, Self::Refund];
}

/// What the gateway's own books say of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Where it stands.
    pub status: GatewayStatus,
    /// It has refused to capture, for ever.
    pub refuses_capture: bool,
    /// How often money was reserved.
    pub authorized: u8,
    /// How often money was taken.
    pub captured: u8,
    /// How often money was given back.
    pub refunded: u8,
}

/// A reservation, its payment, and what is known of it elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The seats wanted, by bit.
    pub seats: u8,
    /// Whether the store of record has it.
    pub placed: bool,
    /// How it stands.
    pub case: Case,
    /// Whether its payment has a next attempt.
    pub due: bool,
    /// Whether somebody has the payment's lease, dead or alive.
    pub leased: bool,
    /// Whether its time to pay is over.
    pub over: bool,
    /// What the outbox still has to deliver, by [`Letter`].
    pub owed: u8,
    /// What was ever sent, by [`Letter`]: it may arrive again at any time.
    pub sent: u8,
    /// Whether the queue has a message of its payment.
    pub wake: bool,
    /// The gateway's books.
    pub ledger: Ledger,
    /// Requests that nobody waits for and that may reach the gateway at any time, by [`Operation`].
    pub late: u8,
    /// Whether the lock store has a live hold of it.
    pub hold: bool,
}

/// What a worker is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Ask what the gateway knows, because an answer was lost.
    LookUp(Operation),
    /// Ask the gateway.
    Ask(Operation),
    /// Write the step that it decided.
    Write(Do),
}

/// A process with a payment in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Whose payment.
    pub row: u8,
    /// What comes next.
    pub phase: Phase,
    /// Whether nobody has claimed the payment since.
    pub current: bool,
    /// Whether nothing was written since it read the booking.
    pub fresh: bool,
    /// What it read; kept only where it makes a difference.
    pub seen: Case,
}

/// A process with a decided step in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Desk {
    /// Whose booking.
    pub row: u8,
    /// The step.
    pub step: Do,
    /// Whether nothing was written since it read the booking.
    pub fresh: bool,
    /// What it read; kept only where it makes a difference.
    pub seen: Case,
}

/// Where a buyer stands, and the API process that serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// Wants nothing at the moment.
    Out,
    /// Wants seats and has no answer yet.
    Wants,
    /// Its API process has read who owns which seat, and is about to tell the lock store.
    Warms {
        /// The owners of each seat, by bit of reservation.
        owners: [u8; SEATS_MAX],
        /// Whether the buyer still waits for a hold afterwards.
        again: bool,
    },
    /// Was told that its seats are held.
    Holds,
    /// Its API process is about to place the reservation.
    Reserves,
}

/// What the lock store knows of the showtime. Holds are in the [rows](Row::hold).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locks {
    /// Whether it knows what is sold.
    pub warm: bool,
    /// Whose hold claims each seat: 0 for nobody, else the row and 1.
    pub held: [u8; SEATS_MAX],
    /// Which reservations own each seat, by bit.
    pub taken: [u8; SEATS_MAX],
    /// Which reservations were freed, by bit.
    pub freed: u8,
    /// Which reservations it knew as freed before it lost everything, by bit. It does not know this itself.
    pub forgotten: u8,
}

/// What must never happen and leaves no other trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// Somebody other than the payment machine left `paying`.
    pub paying_left_by_other: bool,
    /// Money was going to be taken for a showtime that was closed already.
    pub captured_for_closed: bool,
    /// Something was reserved in a showtime that was closed already.
    pub placed_in_closed: bool,
    /// A reservation that had ended came back.
    pub resurrected: bool,
}

/// One state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// The showtime was cancelled.
    pub cancelled: bool,
    /// The showtime has started.
    pub started: bool,
    /// The owners of each seat by the store of record, by bit of reservation.
    pub owners: [u8; SEATS_MAX],
    /// The lock store.
    pub locks: Locks,
    /// The reservations.
    pub rows: [Row; ROWS_MAX],
    /// The workers, in no order.
    pub workers: [Option<Worker>; WORKERS_MAX],
    /// Other processes, in no order.
    pub desks: [Option<Desk>; DESKS_MAX],
    /// The buyers, and how many reservations each has made.
    pub buyers: [(Buyer, u8); USERS_MAX],
    /// What must never happen.
    pub marks: Marks,
}

impl World {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let row = Row {
            seats: 0,
            placed: false,
            case: Case::PLACED,
            due: false,
            leased: false,
            over: false,
            owed: 0,
            sent: 0,
            wake: false,
            ledger: Ledger {
                status: GatewayStatus::Unknown,
                refuses_capture: false,
                authorized: 0,
                captured: 0,
                refunded: 0,
            },
            late: 0,
            hold: false,
        };
        Self {
            cancelled: false,
            started: false,
            owners: [0; SEATS_MAX],
            locks: Locks::cold(),
            rows: [row; ROWS_MAX],
            workers: [None; WORKERS_MAX],
            desks: [None; DESKS_MAX],
            buyers: [(Buyer::Out, 0); USERS_MAX],
            marks: Marks::default(),
        }
    }

    /// Whether anything may be sold.
    pub fn is_open(&self) -> bool {
        !self.cancelled && !self.started
    }

    /// The seats that a reservation owns by the store of record, by bit.
    pub fn owned_by(&self, row: usize) -> u8 {
        let owns = |(seat, owners): (usize, &u8)| u8::from(owners & (1 << row) != 0) << seat;
        self.owners.iter().enumerate().map(owns).sum()
    }

    /// Everything in a fixed number of bytes, the same for equal worlds only.
    fn bytes(&self) -> Bytes {
        let mut bytes = Bytes::new();
        bytes.flags([self.cancelled, self.started, self.locks.warm]);
        let marks = &self.marks;
        bytes.flags([
            marks.paying_left_by_other,
            marks.captured_for_closed,
            marks.placed_in_closed,
            marks.resurrected,
        ]);
        bytes.all(&self.owners);
        bytes.all(&self.locks.held);
        bytes.all(&self.locks.taken);
        bytes.put(self.locks.freed | self.locks.forgotten << 4);
        for row in &self.rows {
            row.put_in(&mut bytes);
        }
        for worker in &self.workers {
            bytes.put(u8::from(worker.is_some()));
            if let Some(worker) = worker {
                worker.put_in(&mut bytes);
            }
        }
        for desk in &self.desks {
            bytes.put(u8::from(desk.is_some()));
            if let Some(Desk { row, step, fresh, seen }) = desk {
                bytes.all(&[*row, *step as u8, u8::from(*fresh)]);
                bytes.case(*seen);
            }
        }
        for (buyer, made) in &self.buyers {
            bytes.put(*made);
            match buyer {
                Buyer::Out => bytes.put(0),
                Buyer::Wants => bytes.put(1),
                Buyer::Warms { owners, again } => {
                    bytes.all(&[2, u8::from(*again)]);
                    bytes.all(owners);
                }
                Buyer::Holds => bytes.put(3),
                Buyer::Reserves => bytes.put(4),
            }
        }
        bytes
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let bytes = self.bytes();
        hasher.write(&bytes.all[..bytes.len]);
    }
}

impl Row {
    fn put_in(&self, bytes: &mut Bytes) {
        bytes.flags([
            self.placed,
            self.due,
            self.leased,
            self.over,
            self.wake,
            self.hold,
            self.ledger.refuses_capture,
        ]);
        bytes.case(self.case);
        let Ledger {
            status,
            authorized,
            captured,
            refunded,
            ..
        } = self.ledger;
        bytes.all(&[self.seats | self.late << 4, self.owed | self.sent << 4, status as u8]);
        bytes.put(authorized | captured << 2 | refunded << 4);
    }
}

impl Worker {
    fn put_in(&self, bytes: &mut Bytes) {
        let (kind, detail) = match self.phase {
            Phase::LookUp(operation) => (0, operation as u8),
            Phase::Ask(operation) => (1, operation as u8),
            Phase::Write(step) => (2, step as u8),
        };
        bytes.flags([self.current, self.fresh]);
        bytes.all(&[self.row, kind, detail]);
        bytes.case(self.seen);
    }

    /// An order among workers, so that worlds which differ in nothing but who is who are one.
    pub(crate) fn order(worker: &Option<Self>) -> Bytes {
        let mut bytes = Bytes::new();
        if let Some(worker) = worker {
            bytes.put(1);
            worker.put_in(&mut bytes);
        }
        bytes
    }
}

impl Locks {
    /// A lock store that has just lost everything.
    pub fn cold() -> Self {
        Self {
            warm: false,
            held: [0; SEATS_MAX],
            taken: [0; SEATS_MAX],
            freed: 0,
            forgotten: 0,
        }
    }
}

/// A few bytes on the stack.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes {
    all: [u8; 160],
    len: usize,
}

impl Bytes {
    fn new() -> Self {
        Self { all: [0; 160], len: 0 }
    }

    fn put(&mut self, byte: u8) {
        self.all[self.len] = byte;
        self.len += 1;
    }

    fn all(&mut self, bytes: &[u8]) {
        self.all[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn flags<const N: usize>(&mut self, flags: [bool; N]) {
        self.put(flags.into_iter().fold(0, |all, flag| all << 1 | u8::from(flag)));
    }

    fn case(&mut self, case: Case) {
        let index = u16::try_from(case.index()).unwrap_or(u16::MAX);
        self.all(&index.to_le_bytes());
    }
}
