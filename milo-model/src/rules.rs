//! What a step of a booking does, asked of `milo-core` itself.
//!
//! Nothing of the two state machines is written down here: every pair of a booking and a step is handed to the core's
//! own [`Step`](milo_core::domain::Step) once, and what the core answers is kept in a table. The model moves by that
//! table, so it can take no step that the code does not take, and takes each one with the guard, the next attempt, the
//! seats and the messages that the code gives it.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::Timestamp;
use milo_core::domain::{
    Actor, Booking, BookingCode, CancelReason, Currency, GatewayAnswer, Guard, HoldId, IllegalStep, MessageId,
    MessageKind, Money, NextAttempt, Payment, PaymentFailure, PaymentId, PaymentKind, PaymentMethod, PaymentStatus,
    PaymentToken, Reservation, ReservationId, ReservationStatus, SeatClaims, ShowtimeId, Transition, UserId, Version,
};
use uuid::Uuid;

/// How many failed tries are told apart: at this many the model's policy gives up.
pub const TRIES_MAX: u8 = 2;

/// What a step of a booking is decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Case {
    /// The reservation's state.
    pub reservation: ReservationStatus,
    /// The payment's state.
    pub payment: PaymentStatus,
    /// The wish to cancel.
    pub wish: Option<CancelReason>,
    /// Failed tries of the present operation, up to [`TRIES_MAX`].
    pub tries: u8,
    /// Whether a human was asked to look.
    pub review: bool,
}

/// A step that somebody takes of a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Do {
    /// R2 and P1.
    Begin,
    /// R3.
    Expire,
    /// R4, R8 or the wish, by the owner.
    CancelByOwner,
    /// R4, R8 or the wish, by the fan-out of a cancelled showtime.
    CancelByShowtime,
    /// R8 by the worker that honours a wish which came after the point of no return.
    HonourWish,
    /// P2.
    Decline,
    /// P3.
    Capture,
    /// P4 because somebody wished to cancel.
    VoidForWish,
    /// P4 because the gateway gave no certain answer for too long; dead-lettered.
    VoidForSilence,
    /// P4 because the capture was refused for certain.
    VoidForRefusal,
    /// P4 because the showtime closed before the point of no return.
    VoidUnseen,
    /// As [`VoidUnseen`](Self::VoidUnseen), of a showtime that was cancelled.
    VoidUnseenCancelled,
    /// P5.
    Voided,
    /// P6 and R5.
    Confirm,
    /// P7.
    Refunded,
    /// No certain answer: ask again.
    Retry,
    /// No certain answer for too long, of an operation that cannot be given up: P8.
    RetryAndReview,
}

impl Do {
    /// Every step.
    pub const ALL: [Self; 17] = [
        Self::Begin,
        Self::Expire,
        Self::CancelByOwner,
        Self::CancelByShowtime,
        Self::HonourWish,
        Self::Decline,
        Self::Capture,
        Self::VoidForWish,
        Self::VoidForSilence,
        Self::VoidForRefusal,
        Self::VoidUnseen,
        Self::VoidUnseenCancelled,
        Self::Voided,
        Self::Confirm,
        Self::Refunded,
        Self::Retry,
        Self::RetryAndReview,
    ];

    /// Whose step it is.
    pub fn actor(self) -> Actor {
        match self {
            Self::Expire => Actor::Expiry,
            Self::CancelByOwner => Actor::Owner,
            Self::CancelByShowtime => Actor::ShowtimeCancellation,
            _ => Actor::PaymentWorker,
        }
    }
}

/// What must leave through the outbox because of a step. Notifications and the lock store's quota are not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sends {
    /// The payment's id, to the queue.
    pub due: bool,
    /// The freed seats, to the lock store.
    pub freed: bool,
}

/// What a step does to a booking, by the core's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The booking after it.
    pub to: Case,
    /// What the store must find true.
    pub guard: Guard,
    /// When a worker looks next.
    pub next: NextAttempt,
    /// Whether the seats are free from here on.
    pub releases: bool,
    /// What leaves through the outbox.
    pub sends: Sends,
}

const WISHES: [Option<CancelReason>; 3] = [None, Some(CancelReason::Owner), Some(CancelReason::ShowtimeCancelled)];
const TRIES: usize = TRIES_MAX as usize + 1;
const CASES: usize = ReservationStatus::ALL.len() * PaymentStatus::ALL.len() * WISHES.len() * TRIES * 2;

impl Case {
    /// A booking as it is placed.
    pub const PLACED: Self = Self {
        reservation: ReservationStatus::PendingPayment,
        payment: PaymentStatus::Created,
        wish: None,
        tries: 0,
        review: false,
    };

    /// Its place in the table.
    pub fn index(self) -> usize {
        let wish = match self.wish {
            None => 0,
            Some(CancelReason::Owner) => 1,
            Some(CancelReason::ShowtimeCancelled) => 2,
        };
        let mut index = self.reservation as usize;
        index = index * PaymentStatus::ALL.len() + self.payment as usize;
        index = index * WISHES.len() + wish;
        index = index * TRIES + usize::from(self.tries);
        index * 2 + usize::from(self.review)
    }

    /// The case at a place in the table.
    pub fn at(index: usize) -> Self {
        let (review, index) = (index % 2 == 1, index / 2);
        let (tries, index) = (index % TRIES, index / TRIES);
        let (wish, index) = (index % WISHES.len(), index / WISHES.len());
        let (payment, reservation) = (index % PaymentStatus::ALL.len(), index / PaymentStatus::ALL.len());
        Self {
            reservation: ReservationStatus::ALL[reservation],
            payment: PaymentStatus::ALL[payment],
            wish: WISHES[wish],
            tries: u8::try_from(tries).unwrap_or(TRIES_MAX),
            review,
        }
    }

    /// Every case, whether or not it can occur.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CASES).map(Self::at)
    }

    /// A booking that stands so.
    pub fn booking(self) -> Booking {
        booking_of(self)
    }

    /// Whether a worker has something to do, by the core's word.
    pub fn needs_work(self) -> bool {
        static TABLE: OnceLock<Vec<bool>> = OnceLock::new();
        TABLE.get_or_init(|| Self::all().map(|case| booking_of(case).needs_work()).collect())[self.index()]
    }

    /// Whether nothing can happen to it any more without somebody's will.
    pub fn is_settled(self) -> bool {
        !self.reservation.is_open() && !self.needs_work()
    }
}

/// The core's answer: what `step` does to a booking that stands as `case`; none if it is illegal.
pub fn effect(case: Case, step: Do) -> Option<Effect> {
    static TABLE: OnceLock<Vec<Option<Effect>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let pairs = Case::all().flat_map(|case| Do::ALL.map(|step| (case, step)));
        pairs
            .map(|(case, step)| transition(case, step).ok().map(|transition| abstracted(&transition)))
            .collect()
    });
    table[case.index() * Do::ALL.len() + step as usize]
}

/// The core's own transition.
///
/// # Errors
/// [`IllegalStep`], as the core says.
pub fn transition(case: Case, step: Do) -> Result<Transition, IllegalStep> {
    let booking = booking_of(case);
    let answer = || GatewayAnswer {
        key: String::new(),
        outcome: "",
    };
    let taking = booking.step(step.actor(), None, || MessageId(Uuid::nil()));
    match step {
        Do::Begin => taking.begin(),
        Do::Expire => taking.expire(),
        Do::CancelByOwner => taking.cancel(CancelReason::Owner),
        Do::CancelByShowtime => taking.cancel(CancelReason::ShowtimeCancelled),
        Do::HonourWish => taking.cancel(case.wish.unwrap_or(CancelReason::Owner)),
        Do::Decline => taking.decline(PaymentFailure::gateway_unavailable(), answer()),
        Do::Capture => taking.capture(answer()),
        Do::VoidForWish => taking.void(PaymentFailure::cancelled(), false, None),
        Do::VoidForSilence => taking.void(PaymentFailure::gateway_unavailable(), true, None),
        Do::VoidForRefusal => taking.void(PaymentFailure::gateway_unavailable(), false, Some(answer())),
        Do::VoidUnseen => taking.void(PaymentFailure::showtime_closed(), false, Some(answer())),
        Do::VoidUnseenCancelled => {
            // As the payment machine does, which asks whether the showtime was cancelled.
            let mut void = taking.void(PaymentFailure::showtime_closed(), false, Some(answer()))?;
            void.cancel_requested = void.cancel_requested.or(Some(CancelReason::ShowtimeCancelled));
            Ok(void)
        }
        Do::Voided => taking.voided(answer()),
        Do::Confirm => taking.confirm(answer()),
        Do::Refunded => taking.refunded(answer()),
        Do::Retry => taking.retry(Duration::from_secs(1), false, answer()),
        Do::RetryAndReview => taking.retry(Duration::from_secs(1), true, answer()),
    }
}

/// What the model keeps of a transition.
pub fn abstracted(transition: &Transition) -> Effect {
    let sends = |wanted: fn(&MessageKind) -> bool| transition.messages.iter().any(|message| wanted(&message.kind));
    Effect {
        to: Case {
            reservation: transition.to.0,
            payment: transition.to.1,
            wish: transition.cancel_requested,
            tries: u8::try_from(transition.tries).unwrap_or(u8::MAX).min(TRIES_MAX),
            review: transition.needs_review,
        },
        guard: transition.guard,
        next: match transition.next_attempt {
            // However long: time may pass at any moment.
            NextAttempt::After(_) => NextAttempt::After(Duration::ZERO),
            next => next,
        },
        releases: transition.seats == SeatClaims::Release,
        sends: Sends {
            due: sends(|kind| matches!(kind, MessageKind::PaymentDue { .. })),
            freed: sends(|kind| matches!(kind, MessageKind::SeatsFreed { .. })),
        },
    }
}

fn booking_of(case: Case) -> Booking {
    let id = Uuid::from_u128(1);
    let price = Money::parse(1000, Currency::USD).unwrap_or_else(|_| unreachable!("ten dollars are money"));
    let token = PaymentToken::parse("tok_ok").unwrap_or_else(|_| unreachable!("a token of the simulated gateway"));
    Booking {
        reservation: Reservation {
            id: ReservationId(id),
            code: BookingCode::from_random(1),
            showtime: ShowtimeId(id),
            user: UserId(id),
            hold: HoldId(id),
            status: case.reservation,
            version: Version::FIRST,
            seats: Vec::new(),
            total: price,
            cancel_requested: case.wish,
            expires_at: Timestamp::UNIX_EPOCH,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        },
        payment: Payment {
            id: PaymentId(id),
            status: case.payment,
            amount: price,
            method: PaymentMethod::new(PaymentKind::CreditCard, token),
            attempts: 0,
            tries: u32::from(case.tries),
            failure: None,
            began_at: None,
            next_attempt_at: None,
            needs_review: case.review,
        },
    }
}
