//! A reservation together with its payment, and every step the two take together.
//!
//! Each step consumes the booking it was decided on and gives a [`Transition`]: the one value that a store writes, all
//! or nothing. Nothing here reads a clock or asks anybody; what must be compared with the store's own clock, or with
//! rows that only the store can lock, travels along as a [`Guard`].

use std::time::Duration;

use crate::planted::{Bug, is_planted};

use super::{
    CancelReason, HoldId, IllegalPaymentMove, IllegalReservationMove, KeyedRequest, Message, MessageKind, Money,
    Notice, Payment, PaymentFailure, PaymentId, PaymentMethod, PaymentMove, PaymentStatus, PricedSeat, Reservation,
    ReservationId, ReservationMove, ReservationStatus, SeatId, ShowtimeId, UserId, Version,
};
use crate::domain::{BookingCode, MessageId};

/// A reservation and its payment, as they stood together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The reservation.
    pub reservation: Reservation,
    /// Its payment.
    pub payment: Payment,
}

/// A reservation that is about to be made, and everything that must be true if and only if it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The reservation to be.
    pub reservation: ReservationId,
    /// Its payment to be.
    pub payment: PaymentId,
    /// Its code.
    pub code: BookingCode,
    /// Whose it will be.
    pub user: UserId,
    /// The showtime; the store refuses unless it is scheduled and has not started.
    pub showtime: ShowtimeId,
    /// The hold it is made from; the same hold again is the same reservation again.
    pub hold: HoldId,
    /// The seats at the prices quoted, ascending by id; the store refuses unless all are free.
    pub seats: Vec<PricedSeat>,
    /// The sum of the prices.
    pub total: Money,
    /// The prices quoted; the store refuses if the showtime has others by now.
    pub price_version: Version,
    /// How it is paid.
    pub method: PaymentMethod,
    /// How long the payment may take to begin, counted from now on the store's clock.
    pub pay_within: Duration,
    /// The most seats that the user may have in unpaid reservations of the showtime, these included.
    pub user_seats_max: u32,
    /// The client's key, if it sent one.
    pub keyed: Option<KeyedRequest>,
    /// What leaves through the outbox.
    pub messages: Vec<Message>,
}

impl Placement {
    /// The seats' ids, ascending.
    pub fn seat_ids(&self) -> Vec<SeatId> {
        self.seats.iter().map(|seat| seat.id).collect()
    }

    /// The messages of a new reservation: its payment is due, and its seats are taken.
    pub fn messages_of(&self, new_id: impl FnMut() -> MessageId) -> Vec<Message> {
        let kinds = [
            MessageKind::PaymentDue {
                payment: self.payment,
                showtime: self.showtime,
            },
            MessageKind::SeatsTaken {
                showtime: self.showtime,
                reservation: self.reservation,
                user: self.user,
                hold: self.hold,
                seats: self.seat_ids(),
            },
        ];
        with_ids(kinds, new_id)
    }
}

/// Who took a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The reservation's owner.
    Owner,
    /// The worker that drives payments.
    PaymentWorker,
    /// The job that expires what nobody paid.
    Expiry,
    /// The job that cancels what belongs to a cancelled showtime.
    ShowtimeCancellation,
}

impl Actor {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::PaymentWorker => "payment_worker",
            Self::Expiry => "expiry",
            Self::ShowtimeCancellation => "showtime_cancellation",
        }
    }
}

/// What the store must find true, by its own clock and under its own locks, when it writes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// Nothing beyond the version and the lease.
    None,
    /// The reservation's time to pay is not over.
    NotExpired,
    /// The reservation's time to pay is over.
    Expired,
    /// The showtime is scheduled and has not started.
    ShowtimeOpen,
    /// The showtime has not started; it may be cancelled.
    ShowtimeNotStarted,
}

/// What becomes of the reservation's seats in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeatClaims {
    /// They stay as they are.
    Keep,
    /// They are free for others from here on; their history stays.
    Release,
}

/// When a worker should look at the payment next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextAttempt {
    /// The worker that holds the lease goes on at once; if it dies, another does when the lease ends.
    Continue,
    /// Any worker, after this long on the store's clock; the lease ends.
    After(Duration),
    /// There is nothing to do; the lease ends.
    Never,
}

/// The append-only record of what a gateway was asked and answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAnswer {
    /// The operation's key at the gateway; the same for every attempt.
    pub key: String,
    /// What it answered: `authorized`, `declined`, `captured`, `refused`, `closed`, `refunded` or `unknown`.
    pub outcome: &'static str,
}

/// One step of a reservation and its payment, and everything that must be true if and only if the step happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The reservation.
    pub reservation: ReservationId,
    /// Its showtime, which every key of the booking path begins with.
    pub showtime: ShowtimeId,
    /// Compare and set: if somebody else moved first, nothing is written.
    pub expected: Version,
    /// The lease that the step was decided under, if it was; if somebody took it over, nothing is written.
    pub lease: Option<LeaseEpoch>,
    /// What the store must find true.
    pub guard: Guard,
    /// The states before the step.
    pub from: (ReservationStatus, PaymentStatus),
    /// The states after it.
    pub to: (ReservationStatus, PaymentStatus),
    /// The wish to cancel after the step.
    pub cancel_requested: Option<CancelReason>,
    /// [`Payment::attempts`] after the step.
    pub attempts: u32,
    /// [`Payment::tries`] after the step.
    pub tries: u32,
    /// [`Payment::failure`] after the step.
    pub failure: Option<PaymentFailure>,
    /// [`Payment::needs_review`] after the step.
    pub needs_review: bool,
    /// When a worker should look next.
    pub next_attempt: NextAttempt,
    /// What becomes of the seats.
    pub seats: SeatClaims,
    /// Who took the step: the event's actor.
    pub actor: Actor,
    /// Why, in a few words: the event's cause.
    pub cause: &'static str,
    /// What the gateway was asked and answered, if it was.
    pub answer: Option<GatewayAnswer>,
    /// What leaves through the outbox.
    pub messages: Vec<Message>,
}

/// Counts the claims of a payment; a write names the claim it was decided under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseEpoch(pub u32);

/// A payment that one worker drives until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The booking as it stood at the claim.
    pub booking: Booking,
    /// Names this claim in every write.
    pub epoch: LeaseEpoch,
    /// The store's clock at the claim: deadlines are compared with it.
    pub now: jiff::Timestamp,
}

/// A step that the booking's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalStep {
    /// The reservation does not allow it.
    #[error(transparent)]
    Reservation(#[from] IllegalReservationMove),
    /// The payment does not allow it.
    #[error(transparent)]
    Payment(#[from] IllegalPaymentMove),
    /// The payment waits for no answer, so nothing can be asked again.
    #[error("a payment that is {} has nothing to retry", .0.as_str())]
    NothingToRetry(PaymentStatus),
}

fn with_ids(kinds: impl IntoIterator<Item = MessageKind>, mut new_id: impl FnMut() -> MessageId) -> Vec<Message> {
    kinds.into_iter().map(|kind| Message { id: new_id(), kind }).collect()
}

/// Takes the steps of one booking; asks for ids of the messages that they send.
#[derive(Debug)]
pub struct Step<F> {
    booking: Booking,
    actor: Actor,
    lease: Option<LeaseEpoch>,
    new_id: F,
}

impl Booking {
    /// The booking as it was answered when it was made: what a repeated request with the same key is told.
    #[must_use]
    pub fn as_placed(mut self) -> Self {
        self.reservation.status = ReservationStatus::PendingPayment;
        self.reservation.version = Version::FIRST;
        self.reservation.cancel_requested = None;
        self.reservation.updated_at = self.reservation.created_at;
        self.payment.status = PaymentStatus::Created;
        self.payment.attempts = 0;
        self.payment.tries = 0;
        self.payment.failure = None;
        self.payment.began_at = None;
        self.payment.needs_review = false;
        self
    }

    /// Whether a worker has something to do: the payment needs work, or it was captured although somebody had wished to
    /// cancel, so that the money must go back.
    ///
    /// True exactly while [`Payment::next_attempt_at`] is set.
    pub fn needs_work(&self) -> bool {
        let refund_due = self.payment.status == PaymentStatus::Captured && self.reservation.cancel_requested.is_some();
        self.payment.status.needs_work() || refund_due
    }

    /// Begins a step of `actor`, under a lease if the actor is the payment worker.
    pub fn step<F: FnMut() -> MessageId>(self, actor: Actor, lease: Option<LeaseEpoch>, new_id: F) -> Step<F> {
        Step {
            booking: self,
            actor,
            lease,
            new_id,
        }
    }
}

impl<F: FnMut() -> MessageId> Step<F> {
    /// R2 and P1: the payment begins, if the time to pay is not over.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the reservation is pending.
    pub fn begin(self) -> Result<Transition, IllegalStep> {
        let mut next = self.moved(
            Some(ReservationMove::Begin),
            Some(PaymentMove::Authorize),
            "payment began",
        )?;
        next.guard = Guard::NotExpired;
        next.next_attempt = NextAttempt::Continue;
        Ok(next)
    }

    /// R3: the time to pay is over.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the reservation is pending.
    pub fn expire(mut self) -> Result<Transition, IllegalStep> {
        let messages = self.released(Some(Notice::Expired));
        let mut next = self.moved(
            Some(ReservationMove::Expire),
            Some(PaymentMove::Drop),
            "not paid in time",
        )?;
        next.guard = Guard::Expired;
        Ok(next.releasing(messages))
    }

    /// R4, R8 or the wish to cancel: whatever the state allows.
    ///
    /// # Errors
    /// [`IllegalStep`] when the reservation is final.
    pub fn cancel(mut self, reason: CancelReason) -> Result<Transition, IllegalStep> {
        let notice = match reason {
            CancelReason::Owner => Notice::Cancelled,
            CancelReason::ShowtimeCancelled => Notice::ShowtimeCancelled,
        };
        let cause = match reason {
            CancelReason::Owner => "cancelled by its owner",
            CancelReason::ShowtimeCancelled => "its showtime was cancelled",
        };
        match self.booking.reservation.status {
            ReservationStatus::Paying => {
                // Nobody but the payment machine leaves `paying`: this only sets the wish.
                let mut next = self.moved(None, None, cause)?;
                next.cancel_requested = next.cancel_requested.or(Some(reason));
                next.next_attempt = NextAttempt::Continue;
                Ok(next)
            }
            ReservationStatus::Confirmed => {
                let due = MessageKind::PaymentDue {
                    payment: self.booking.payment.id,
                    showtime: self.booking.reservation.showtime,
                };
                let mut messages = self.released(Some(notice));
                messages.extend(with_ids([due], &mut self.new_id));
                let mut next = self.moved(Some(ReservationMove::Revoke), Some(PaymentMove::Refund), cause)?;
                next.next_attempt = if is_planted(Bug::RefundForgotten) {
                    NextAttempt::Never
                } else {
                    NextAttempt::After(Duration::ZERO)
                };
                if reason == CancelReason::Owner && next.actor == Actor::Owner {
                    next.guard = Guard::ShowtimeNotStarted;
                }
                Ok(next.releasing(messages))
            }
            _ => {
                let messages = self.released(Some(notice));
                let next = self.moved(Some(ReservationMove::Withdraw), Some(PaymentMove::Drop), cause)?;
                Ok(next.releasing(messages))
            }
        }
    }

    /// P2 with R6 or R7: the gateway refused for certain.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is authorizing.
    pub fn decline(mut self, failure: PaymentFailure, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        let (step, messages) = self.ended_unpaid();
        let mut next = self.moved(Some(step), Some(PaymentMove::Decline), "the gateway declined")?;
        next.attempts = next.attempts.saturating_add(1);
        next.failure = Some(failure);
        next.answer = Some(answer);
        if is_planted(Bug::DeclineKeepsSeats) {
            return Ok(next);
        }
        Ok(next.releasing(messages))
    }

    /// P3: the gateway has reserved the money; from here on it will be taken, if the showtime is still open.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is authorizing.
    pub fn capture(self, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        let mut next = self.moved(None, Some(PaymentMove::Capture), "the gateway authorized")?;
        next.attempts = next.attempts.saturating_add(1);
        next.guard = Guard::ShowtimeOpen;
        next.next_attempt = NextAttempt::Continue;
        next.answer = Some(answer);
        Ok(next)
    }

    /// P4: give up and close the payment at the gateway; the seats stay until it has said that it is closed.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is authorizing or capturing.
    pub fn void(
        mut self,
        failure: PaymentFailure,
        dead_letter: bool,
        answer: Option<GatewayAnswer>,
    ) -> Result<Transition, IllegalStep> {
        let dead = MessageKind::PaymentDead {
            payment: self.booking.payment.id,
            showtime: self.booking.reservation.showtime,
            reason: failure.clone(),
        };
        let messages = if dead_letter {
            with_ids([dead], &mut self.new_id)
        } else {
            Vec::new()
        };
        let mut next = self.moved(None, Some(PaymentMove::Void), "payment given up")?;
        next.failure = Some(failure);
        next.next_attempt = NextAttempt::Continue;
        next.answer = answer;
        next.messages = messages;
        if is_planted(Bug::VoidFreesSeats) {
            next.seats = SeatClaims::Release;
        }
        Ok(next)
    }

    /// P5 with R6 or R7: the gateway has closed the payment; only now are the seats free.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is voiding.
    pub fn voided(mut self, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        let (step, messages) = self.ended_unpaid();
        let mut next = self.moved(Some(step), Some(PaymentMove::Voided), "the gateway closed the payment")?;
        next.answer = Some(answer);
        Ok(next.releasing(messages))
    }

    /// P6 with R5: the money was taken, the seats are sold.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is capturing.
    pub fn confirm(mut self, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        let reservation = &self.booking.reservation;
        let kinds = [
            MessageKind::SeatsSettled {
                showtime: reservation.showtime,
                reservation: reservation.id,
            },
            MessageKind::Notify {
                user: reservation.user,
                reservation: reservation.id,
                notice: Notice::Confirmed,
            },
        ];
        let messages = with_ids(kinds, &mut self.new_id);
        let cancelling = reservation.cancel_requested.is_some();
        let mut next = self.moved(Some(ReservationMove::Confirm), Some(PaymentMove::Captured), "paid")?;
        if cancelling && !is_planted(Bug::WishForgotten) {
            // The wish came after the point of no return: the worker goes on to refund.
            next.next_attempt = NextAttempt::Continue;
        }
        next.answer = Some(answer);
        next.messages = messages;
        Ok(next)
    }

    /// P7: the money is back.
    ///
    /// # Errors
    /// [`IllegalStep`] unless the payment is refunding.
    pub fn refunded(mut self, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        let reservation = &self.booking.reservation;
        let notify = MessageKind::Notify {
            user: reservation.user,
            reservation: reservation.id,
            notice: Notice::Refunded,
        };
        let messages = with_ids([notify], &mut self.new_id);
        let mut next = self.moved(None, Some(PaymentMove::Refunded), "refunded")?;
        next.answer = Some(answer);
        next.messages = messages;
        Ok(next)
    }

    /// The gateway gave no certain answer: ask again later, with the same key.
    ///
    /// With `give_up` the payment is marked for review and dead-lettered as well (P8).
    ///
    /// # Errors
    /// [`IllegalStep::NothingToRetry`] unless the payment [needs work](PaymentStatus::needs_work).
    pub fn retry(mut self, after: Duration, give_up: bool, answer: GatewayAnswer) -> Result<Transition, IllegalStep> {
        if !self.booking.payment.status.needs_work() {
            return Err(IllegalStep::NothingToRetry(self.booking.payment.status));
        }
        let first_give_up = give_up && !self.booking.payment.needs_review;
        let dead = MessageKind::PaymentDead {
            payment: self.booking.payment.id,
            showtime: self.booking.reservation.showtime,
            reason: PaymentFailure::gateway_unavailable(),
        };
        let messages = if first_give_up {
            with_ids([dead], &mut self.new_id)
        } else {
            Vec::new()
        };
        let tries = self.booking.payment.tries.saturating_add(1);
        let authorizing = self.booking.payment.status == PaymentStatus::Authorizing;
        let mut next = self.moved(None, None, "the gateway gave no certain answer")?;
        next.tries = tries;
        if authorizing {
            next.attempts = next.attempts.saturating_add(1);
        }
        next.needs_review |= give_up;
        next.next_attempt = if is_planted(Bug::RetryForgotten) {
            NextAttempt::Never
        } else {
            NextAttempt::After(after)
        };
        next.answer = Some(answer);
        next.messages = messages;
        Ok(next)
    }

    fn moved(
        self,
        reservation: Option<ReservationMove>,
        payment: Option<PaymentMove>,
        cause: &'static str,
    ) -> Result<Transition, IllegalStep> {
        let Booking {
            reservation: before,
            payment: paid,
        } = self.booking;
        let reservation_after = reservation.map_or(Ok(before.status), |step| before.status.after(step))?;
        let payment_after = payment.map_or(Ok(paid.status), |step| paid.status.after(step))?;
        Ok(Transition {
            reservation: before.id,
            showtime: before.showtime,
            expected: before.version,
            lease: self.lease,
            guard: Guard::None,
            from: (before.status, paid.status),
            to: (reservation_after, payment_after),
            cancel_requested: before.cancel_requested,
            attempts: paid.attempts,
            // A new operation at the gateway starts its own count.
            tries: if payment.is_some() { 0 } else { paid.tries },
            failure: paid.failure,
            needs_review: paid.needs_review && payment.is_none(),
            next_attempt: NextAttempt::Never,
            seats: SeatClaims::Keep,
            actor: self.actor,
            cause,
            answer: None,
            messages: Vec::new(),
        })
    }

    /// How an unpaid reservation ends, and what is said about it.
    fn ended_unpaid(&mut self) -> (ReservationMove, Vec<Message>) {
        let (step, notice) = match self.booking.reservation.cancel_requested {
            None => (ReservationMove::Fail, Notice::PaymentFailed),
            Some(CancelReason::Owner) => (ReservationMove::Abandon, Notice::Cancelled),
            Some(CancelReason::ShowtimeCancelled) => (ReservationMove::Abandon, Notice::ShowtimeCancelled),
        };
        (step, self.released(Some(notice)))
    }

    fn released(&mut self, notice: Option<Notice>) -> Vec<Message> {
        let reservation = &self.booking.reservation;
        let freed = MessageKind::SeatsFreed {
            showtime: reservation.showtime,
            reservation: reservation.id,
            seats: reservation.seat_ids(),
        };
        let notify = notice.map(|notice| MessageKind::Notify {
            user: reservation.user,
            reservation: reservation.id,
            notice,
        });
        with_ids(std::iter::once(freed).chain(notify), &mut self.new_id)
    }
}

impl Transition {
    fn releasing(mut self, messages: Vec<Message>) -> Self {
        self.seats = SeatClaims::Release;
        self.messages = messages;
        self
    }

    /// The booking after the step, as every store must keep it; `now` is the store's clock.
    #[must_use]
    pub fn applied_to(&self, mut booking: Booking, now: jiff::Timestamp) -> Booking {
        let Booking { reservation, payment } = &mut booking;
        reservation.status = self.to.0;
        reservation.version = self.expected.next();
        reservation.cancel_requested = self.cancel_requested;
        reservation.updated_at = now;
        if payment.status == PaymentStatus::Created && self.to.1 == PaymentStatus::Authorizing {
            payment.began_at = Some(now);
        }
        payment.status = self.to.1;
        payment.attempts = self.attempts;
        payment.tries = self.tries;
        payment.failure.clone_from(&self.failure);
        payment.needs_review = self.needs_review;
        payment.next_attempt_at = match self.next_attempt {
            NextAttempt::Continue => payment.next_attempt_at.or(Some(now)),
            NextAttempt::After(wait) => Some(now.saturating_add(wait).unwrap_or(jiff::Timestamp::MAX)),
            NextAttempt::Never => None,
        };
        booking
    }
}
