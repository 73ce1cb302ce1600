//! Everything that can happen next, and how it is said in words.

use crate::rules::Do;
use crate::world::{Letter, Operation, Phase, World};

/// How a call to the gateway ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// The gateway does it, or did it before, and the answer arrives. It may also refuse, if it has before.
    Answered,
    /// The gateway refuses for certain, for the first time.
    Refused,
    /// The gateway does it; the answer is lost.
    DoneUnheard,
    /// The gateway refuses for certain, for the first time; the answer is lost.
    RefusedUnheard,
    /// The worker gives up waiting while the request is still on its way.
    TimedOut,
    /// The request is lost, or the gateway fails before it does anything.
    Failed,
}

/// Something that happens. Numbers name buyers, reservations, workers and desks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// A buyer chooses seats, by bit.
    Choose(u8, u8),
    /// Its hold is asked for; the answer may be lost.
    Acquire {
        /// Who.
        user: u8,
        /// Whether the buyer hears of it.
        heard: bool,
    },
    /// Its API process tells the lock store what is sold, as it was when it read it.
    Warm(u8),
    /// Its API process dies before it has told the lock store.
    WarmDies(u8),
    /// It gives its hold back.
    Release(u8),
    /// Its reservation is asked for, and its hold is promoted.
    Promote(u8),
    /// Its reservation is asked for without a hold: the lock store does not answer.
    Direct(u8),
    /// Its reservation is placed; the answer may be lost.
    Place {
        /// Who.
        user: u8,
        /// Whether the buyer hears of it.
        heard: bool,
    },
    /// Its API process dies before it has placed the reservation.
    PlaceDies(u8),
    /// A hold lapses.
    Lapse(u8),
    /// The lock store loses everything.
    Wipe,
    /// The showtime is cancelled.
    CancelShowtime,
    /// The showtime starts.
    StartShowtime,
    /// A reservation's time to pay is over.
    TimeIsOver(u8),
    /// The owner, or a job, decides a step and writes it at once.
    Step(u8, Do),
    /// As [`Step`](Self::Step), but it is only decided.
    Decide {
        /// The process.
        desk: u8,
        /// Whose booking.
        row: u8,
        /// The step.
        step: Do,
    },
    /// A process writes the step it has in hand.
    DeskWrites(u8),
    /// A process dies with its step in hand.
    DeskDies(u8),
    /// The outbox delivers a message and marks it as delivered.
    Deliver(u8, Letter),
    /// A message arrives that was, or will be, delivered as well.
    Repeat(u8, Letter),
    /// A message of the queue is acknowledged, dead-lettered or lost.
    WakeGone(u8),
    /// A lease ends, whatever its worker does.
    LeaseEnds(u8),
    /// A worker claims a payment that is due.
    Claim {
        /// Who.
        worker: u8,
        /// Whose payment.
        row: u8,
        /// Whether it finds the gateway's deadline passed, if it matters.
        too_late: bool,
    },
    /// A worker dies.
    WorkerDies(u8),
    /// A worker's look-up is answered, or not.
    LookedUp {
        /// Who.
        worker: u8,
        /// Whether there was an answer.
        answered: bool,
    },
    /// A worker's call ends.
    Called(u8, Call),
    /// A worker writes the step that it decided. If the point of no return is refused to it, it asks the catalogue.
    Write {
        /// Who.
        worker: u8,
        /// Whether it believes, if it matters, that the showtime was cancelled rather than started.
        believes_cancelled: bool,
    },
    /// A request that nobody waits for reaches the gateway.
    Late {
        /// Whose payment.
        row: u8,
        /// What was asked.
        operation: Operation,
        /// Whether the gateway refuses, if it has not decided yet.
        refuses: bool,
    },
}

fn seats(bits: u8) -> String {
    let named: Vec<String> = (0..8_u8)
        .filter(|seat| bits & (1 << seat) != 0)
        .map(|seat| format!("{}", seat + 1))
        .collect();
    match named.as_slice() {
        [one] => format!("seat {one}"),
        many => format!("seats {}", many.join(" and ")),
    }
}

fn asked(operation: Operation) -> &'static str {
    match operation {
        Operation::Authorize => "authorize",
        Operation::Capture => "capture",
        Operation::Close => "close",
        Operation::Refund => "refund",
    }
}

fn taken(step: Do) -> &'static str {
    match step {
        Do::Begin => "begin the payment",
        Do::Expire => "expire the reservation",
        Do::CancelByOwner => "cancel, as the owner",
        Do::CancelByShowtime => "cancel, with the showtime",
        Do::HonourWish => "cancel and refund, as was wished",
        Do::Decline => "decline the payment",
        Do::Capture => "pass the point of no return",
        Do::VoidForWish => "void, as was wished",
        Do::VoidForSilence => "void, because the gateway is silent",
        Do::VoidForRefusal => "void, because the capture was refused",
        Do::VoidUnseen => "void, because the showtime has started",
        Do::VoidUnseenCancelled => "void, because the showtime was cancelled",
        Do::Voided => "end it: the gateway has closed the payment",
        Do::Confirm => "confirm",
        Do::Refunded => "end it: the gateway has refunded",
        Do::Retry => "ask again later",
        Do::RetryAndReview => "ask again later, and call a human",
    }
}

fn letter(letter: Letter) -> &'static str {
    match letter {
        Letter::Taken => "its seats are taken",
        Letter::Freed => "its seats are free",
        Letter::Due => "its payment is due",
    }
}

impl Act {
    /// What happens, in words, in the world before it.
    pub fn words(self, world: &World) -> String {
        let row_of = |worker: u8| world.workers[usize::from(worker)].map_or(0, |worker| worker.row + 1);
        let phase = |worker: u8| match world.workers[usize::from(worker)].map(|worker| worker.phase) {
            Some(Phase::Ask(operation) | Phase::LookUp(operation)) => asked(operation),
            Some(Phase::Write(step)) => taken(step),
            None => "nothing",
        };
        match self {
            Self::Choose(user, bits) => format!("buyer {} wants {}", user + 1, seats(bits)),
            Self::Acquire { user, heard: true } => format!("buyer {} asks for a hold", user + 1),
            Self::Acquire { user, heard: false } => format!("buyer {} asks for a hold; the answer is lost", user + 1),
            Self::Warm(user) => format!(
                "the process of buyer {} tells the lock store what it has read",
                user + 1
            ),
            Self::WarmDies(user) => format!("the process of buyer {} dies before it warms the lock store", user + 1),
            Self::Release(user) => format!("buyer {} gives its hold back", user + 1),
            Self::Promote(user) => format!("buyer {} asks for a reservation; its hold is promoted", user + 1),
            Self::Direct(user) => format!("buyer {} asks for a reservation while the lock store is away", user + 1),
            Self::Place { user, heard: true } => format!("the reservation of buyer {} is placed", user + 1),
            Self::Place { user, heard: false } => {
                format!("the reservation of buyer {} is placed; the answer is lost", user + 1)
            }
            Self::PlaceDies(user) => format!("the process of buyer {} dies before it places", user + 1),
            Self::Lapse(row) => format!("the hold of reservation {} lapses", row + 1),
            Self::Wipe => "the lock store loses everything".to_owned(),
            Self::CancelShowtime => "the showtime is cancelled".to_owned(),
            Self::StartShowtime => "the showtime starts".to_owned(),
            Self::TimeIsOver(row) => format!("the time to pay for reservation {} is over", row + 1),
            Self::Step(row, step) => format!("reservation {}: {}", row + 1, taken(step)),
            Self::Decide { row, step, .. } => {
                format!("a process reads reservation {} and decides: {}", row + 1, taken(step))
            }
            Self::DeskWrites(desk) => match world.desks[usize::from(desk)] {
                Some(desk) => format!("the process writes, reservation {}: {}", desk.row + 1, taken(desk.step)),
                None => "nothing is written".to_owned(),
            },
            Self::DeskDies(_) => "a process dies with a step in hand".to_owned(),
            Self::Deliver(row, kind) => format!("the outbox delivers, reservation {}: {}", row + 1, letter(kind)),
            Self::Repeat(row, kind) => {
                format!("a message arrives once more, reservation {}: {}", row + 1, letter(kind))
            }
            Self::WakeGone(row) => format!("the queue loses the message of reservation {}", row + 1),
            Self::LeaseEnds(row) => format!("the lease on the payment of reservation {} ends", row + 1),
            Self::Claim { row, too_late, .. } => {
                let found = if too_late { " and finds the deadline passed" } else { "" };
                format!("a worker claims the payment of reservation {}{found}", row + 1)
            }
            Self::WorkerDies(worker) => {
                format!(
                    "the worker of reservation {} dies before: {}",
                    row_of(worker),
                    phase(worker)
                )
            }
            Self::LookedUp { worker, answered } => {
                let end = if answered { "is answered" } else { "fails" };
                format!(
                    "the worker of reservation {} asks the gateway what it knows before: {}; it {end}",
                    row_of(worker),
                    phase(worker)
                )
            }
            Self::Called(worker, call) => {
                let end = match call {
                    Call::Answered => "it answers",
                    Call::Refused => "it refuses",
                    Call::DoneUnheard => "it does so, the answer is lost",
                    Call::RefusedUnheard => "it refuses, the answer is lost",
                    Call::TimedOut => "nobody waits any longer, the request is still on its way",
                    Call::Failed => "the request is lost",
                };
                format!(
                    "the gateway is asked to {} for reservation {}: {end}",
                    phase(worker),
                    row_of(worker)
                )
            }
            Self::Write { worker, .. } => {
                format!("its worker writes, reservation {}: {}", row_of(worker), phase(worker))
            }
            Self::Late {
                row,
                operation,
                refuses,
            } => {
                let end = if refuses { "; it refuses" } else { "" };
                format!(
                    "a late request to {} for reservation {} reaches the gateway{end}",
                    asked(operation),
                    row + 1
                )
            }
        }
    }

    /// Every kind of act, for counting.
    pub const KINDS: [&'static str; 37] = [
        "choose",
        "acquire",
        "acquire, answer lost",
        "warm",
        "API dies before warming",
        "release",
        "promote",
        "reserve without lock store",
        "place",
        "place, answer lost",
        "API dies before placing",
        "hold lapses",
        "lock store lost",
        "showtime cancelled",
        "showtime starts",
        "time to pay over",
        "owner cancels",
        "fan-out cancels",
        "expiry",
        "process decides",
        "process writes late",
        "process dies",
        "message delivered",
        "message repeated or late",
        "queue message lost",
        "lease ends",
        "payment claimed",
        "worker dies",
        "gateway looked up",
        "look-up fails",
        "gateway answers",
        "gateway refuses",
        "gateway's answer lost",
        "gateway times out",
        "gateway's request lost",
        "worker writes",
        "late request at the gateway",
    ];

    /// Its kind.
    pub fn kind(self) -> &'static str {
        Self::KINDS[self.kind_index()]
    }

    /// The place of its kind in [`KINDS`](Self::KINDS).
    pub(crate) fn kind_index(self) -> usize {
        match self {
            Self::Choose(..) => 0,
            Self::Acquire { heard: true, .. } => 1,
            Self::Acquire { heard: false, .. } => 2,
            Self::Warm(_) => 3,
            Self::WarmDies(_) => 4,
            Self::Release(_) => 5,
            Self::Promote(_) => 6,
            Self::Direct(_) => 7,
            Self::Place { heard: true, .. } => 8,
            Self::Place { heard: false, .. } => 9,
            Self::PlaceDies(_) => 10,
            Self::Lapse(_) => 11,
            Self::Wipe => 12,
            Self::CancelShowtime => 13,
            Self::StartShowtime => 14,
            Self::TimeIsOver(_) => 15,
            Self::Step(_, Do::CancelByOwner) => 16,
            Self::Step(_, Do::CancelByShowtime) => 17,
            Self::Step(..) => 18,
            Self::Decide { .. } => 19,
            Self::DeskWrites(_) => 20,
            Self::DeskDies(_) => 21,
            Self::Deliver(..) => 22,
            Self::Repeat(..) => 23,
            Self::WakeGone(_) => 24,
            Self::LeaseEnds(_) => 25,
            Self::Claim { .. } => 26,
            Self::WorkerDies(_) => 27,
            Self::LookedUp { answered: true, .. } => 28,
            Self::LookedUp { answered: false, .. } => 29,
            Self::Called(_, Call::Answered) => 30,
            Self::Called(_, Call::Refused) => 31,
            Self::Called(_, Call::DoneUnheard | Call::RefusedUnheard) => 32,
            Self::Called(_, Call::TimedOut) => 33,
            Self::Called(_, Call::Failed) => 34,
            Self::Write { .. } => 35,
            Self::Late { .. } => 36,
        }
    }
}
