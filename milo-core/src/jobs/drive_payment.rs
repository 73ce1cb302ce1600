//! The payment machine: one claimed payment, step by step, until it is settled or must wait.
//!
//! Nobody else leaves `paying`. Every step is decided on the state that was read, written by compare-and-set under the
//! lease, and only then is the next one taken; so a worker that dies anywhere leaves a state that another goes on from,
//! asking the gateway the same thing with the same key.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::{
    Actor, Booking, CancelReason, Claim, GatewayAnswer, Guard, MessageId, NextAttempt, PaymentFailure, PaymentId,
    PaymentStatus, ShowtimeStatus, Step, Transition,
};
use crate::milo::Core;
use crate::planted::{Bug, is_planted};
use crate::ports::{ApplyError, Authorization, GatewayError, GatewayStatus, JobKind, PortError};

/// More steps than any payment has from beginning to end: a drive that needs more is going in circles.
const STEPS_MAX: usize = 16;

/// What a step of the machine came to: a transition to write, or the reason why there is none.
enum Decision {
    Write(Box<Transition>),
    Leave(&'static str),
}

impl Core {
    /// Drives a claimed payment as far as it goes now. The outcome is a name for counting.
    ///
    /// # Errors
    /// See [`PortError`]: the store failed. The lease ends by itself and another worker goes on.
    pub(super) async fn drive_payment(&self, claim: Claim) -> Result<&'static str, PortError> {
        let (payment, epoch) = (claim.booking.payment.id, claim.epoch);
        let mut worker = Worker { core: self, claim };
        for _ in 0..STEPS_MAX {
            let transition = match worker.decide().await {
                Decision::Write(transition) => transition,
                Decision::Leave(outcome) => return Ok(outcome),
            };
            worker.claim.booking = match self.apply(&worker, *transition).await? {
                Applied::Moved(_, Some(outcome)) => return Ok(outcome),
                Applied::Moved(after, None) => *after,
                Applied::TooLate => {
                    self.ports.wakeup.wake(JobKind::ReservationExpiry);
                    return Ok("expired");
                }
                Applied::Stale => match self.ports.bookings.claimed(payment, epoch).await? {
                    Some(claim) => claim.booking,
                    None => return Ok("lost"),
                },
            };
        }
        Err(PortError::corrupt(
            "booking_store",
            format!("payment {payment} does not settle"),
        ))
    }

    async fn apply(&self, worker: &Worker<'_>, transition: Transition) -> Result<Applied, PortError> {
        let applied = match self.ports.bookings.apply(&transition).await {
            Err(ApplyError::GuardFailed) if transition.guard == Guard::ShowtimeOpen => {
                let void = self.void_unseen(worker, transition.answer).await?;
                self.ports.bookings.apply(&void).await
            }
            applied => applied,
        };
        match applied {
            Ok(after) => {
                if transition.from.0 != after.reservation.status || !transition.messages.is_empty() {
                    self.tell_moved(&after).await;
                    self.ports.wakeup.wake(JobKind::OutboxRelay);
                }
                let waits = matches!(transition.next_attempt, NextAttempt::After(_));
                let outcome = match (after.needs_work(), waits) {
                    (true, true) if after.payment.tries > 0 => Some("retry"),
                    (true, false) => None,
                    _ => Some(after.payment.status.as_str()),
                };
                Ok(Applied::Moved(Box::new(after), outcome))
            }
            Err(ApplyError::GuardFailed) => Ok(Applied::TooLate),
            Err(ApplyError::Stale) => Ok(Applied::Stale),
            Err(ApplyError::Port(error)) => Err(error),
        }
    }

    /// The showtime started or was cancelled before the point of no return: give the money back unseen. If it was
    /// cancelled, the reservation ends as cancelled, just as if the fan-out had come first.
    async fn void_unseen(&self, worker: &Worker<'_>, answer: Option<GatewayAnswer>) -> Result<Transition, PortError> {
        let showtime = worker.claim.booking.reservation.showtime;
        let showtime = self.ports.catalog.showtime(showtime).await?;
        let was_cancelled = showtime.is_some_and(|showtime| {
            // The store refused: a showtime that has not started by our clock can only have been cancelled.
            showtime.status == ShowtimeStatus::Cancelled || self.ports.clock.now() < showtime.starts_at
        });
        let mut void = worker
            .step()
            .void(PaymentFailure::showtime_closed(), false, answer)
            .map_err(illegal)?;
        if was_cancelled {
            void.cancel_requested = void.cancel_requested.or(Some(CancelReason::ShowtimeCancelled));
        }
        Ok(void)
    }
}

enum Applied {
    /// The step was taken; with an outcome if this drive is over.
    Moved(Box<Booking>, Option<&'static str>),
    /// The time to pay was over.
    TooLate,
    /// Somebody else moved first, or has the lease now.
    Stale,
}

/// A worker with one claimed payment in hand.
struct Worker<'a> {
    core: &'a Core,
    claim: Claim,
}

fn illegal(error: crate::domain::IllegalStep) -> PortError {
    PortError::corrupt("booking_store", error.to_string())
}

impl Worker<'_> {
    fn step(&self) -> Step<impl FnMut() -> MessageId + '_> {
        let new_id = || MessageId(self.core.ports.ids.next_id());
        self.claim
            .booking
            .clone()
            .step(Actor::PaymentWorker, Some(self.claim.epoch), new_id)
    }

    fn answer(&self, operation: &str, outcome: &'static str) -> GatewayAnswer {
        GatewayAnswer {
            key: operation_key(self.claim.booking.payment.id, operation),
            outcome,
        }
    }

    async fn decide(&self) -> Decision {
        let Booking { reservation, payment } = &self.claim.booking;
        let decided = match (payment.status, reservation.cancel_requested) {
            (PaymentStatus::Created, _) => self.step().begin(),
            (PaymentStatus::Authorizing, _) => self.authorize().await,
            (PaymentStatus::Capturing, _) => self.capture().await,
            (PaymentStatus::Voiding, _) => self.close().await,
            (PaymentStatus::Captured, Some(reason)) => self.step().cancel(reason),
            (PaymentStatus::Refunding, _) => self.refund().await,
            (
                PaymentStatus::Captured
                | PaymentStatus::Voided
                | PaymentStatus::Declined
                | PaymentStatus::Dropped
                | PaymentStatus::Refunded,
                _,
            ) => return Decision::Leave("idle"),
        };
        match decided {
            Ok(transition) => Decision::Write(Box::new(transition)),
            Err(error) => {
                tracing::error!(%error, payment.id = %payment.id, "a payment stands where it cannot");
                Decision::Leave("illegal")
            }
        }
    }

    async fn authorize(&self) -> Result<Transition, crate::domain::IllegalStep> {
        let Booking { reservation, payment } = &self.claim.booking;
        if reservation.cancel_requested.is_some() {
            return self.step().void(PaymentFailure::cancelled(), false, None);
        }
        let is_late = self.is_past_deadline() || payment.tries >= self.core.policy.payment_retry.attempts_max;
        if is_late && !is_planted(Bug::NeverGivesUp) {
            return self.step().void(PaymentFailure::gateway_unavailable(), true, None);
        }
        let authorization = Authorization {
            payment: payment.id,
            key: if is_planted(Bug::KeyPerAttempt) {
                operation_key(payment.id, &format!("auth:{}", payment.tries))
            } else {
                operation_key(payment.id, "auth")
            },
            amount: payment.amount,
            method: payment.method.clone(),
            reservation: reservation.id,
            showtime: reservation.showtime,
        };
        match self.core.ports.gateway.authorize(&authorization).await {
            Ok(()) => self.step().capture(self.answer("auth", "authorized")),
            Err(GatewayError::Refused(failure)) => self.step().decline(failure, self.answer("auth", "declined")),
            Err(GatewayError::Port(_)) if is_planted(Bug::TimeoutIsDecline) => self
                .step()
                .decline(PaymentFailure::gateway_unavailable(), self.answer("auth", "declined")),
            Err(GatewayError::Port(error)) => self.try_again("auth", &error),
        }
    }

    async fn capture(&self) -> Result<Transition, crate::domain::IllegalStep> {
        let payment = &self.claim.booking.payment;
        match self
            .unless_done(
                GatewayStatus::Captured,
                self.core.ports.gateway.capture(payment.id, payment.amount),
            )
            .await
        {
            Ok(()) => self.step().confirm(self.answer("capture", "captured")),
            Err(GatewayError::Refused(_)) if is_planted(Bug::RefusedCaptureConfirms) => {
                self.step().confirm(self.answer("capture", "captured"))
            }
            Err(GatewayError::Refused(failure)) => {
                self.step()
                    .void(failure, false, Some(self.answer("capture", "refused")))
            }
            Err(GatewayError::Port(error)) => self.try_again("capture", &error),
        }
    }

    async fn close(&self) -> Result<Transition, crate::domain::IllegalStep> {
        if is_planted(Bug::CloseSkipped) {
            return self.step().voided(self.answer("close", "closed"));
        }
        let payment = &self.claim.booking.payment;
        match self
            .unless_done(GatewayStatus::Closed, self.core.ports.gateway.close(payment.id))
            .await
        {
            Ok(()) => self.step().voided(self.answer("close", "closed")),
            Err(GatewayError::Refused(failure)) => {
                // The money was taken after all: nothing may be released. Somebody must look.
                let error = PortError::refused("payment_gateway", format!("close was refused: {}", failure.as_str()));
                tracing::error!(%error, payment.id = %payment.id, "a payment that is being voided was captured");
                self.step().retry(
                    self.core.policy.payment_retry.cap,
                    true,
                    self.answer("close", "refused"),
                )
            }
            Err(GatewayError::Port(error)) => self.try_again("close", &error),
        }
    }

    async fn refund(&self) -> Result<Transition, crate::domain::IllegalStep> {
        let payment = &self.claim.booking.payment;
        match self
            .unless_done(
                GatewayStatus::Refunded,
                self.core.ports.gateway.refund(payment.id, payment.amount),
            )
            .await
        {
            Ok(()) => self.step().refunded(self.answer("refund", "refunded")),
            Err(GatewayError::Refused(failure)) => {
                tracing::error!(payment.id = %payment.id, failure = failure.as_str(), "a refund was refused");
                self.step().retry(
                    self.core.policy.payment_retry.cap,
                    true,
                    self.answer("refund", "refused"),
                )
            }
            Err(GatewayError::Port(error)) => self.try_again("refund", &error),
        }
    }

    /// Asks first what the gateway knows, once an answer was lost: keys may be forgotten, effects are not.
    async fn unless_done(
        &self,
        done: GatewayStatus,
        operation: impl Future<Output = Result<(), GatewayError>>,
    ) -> Result<(), GatewayError> {
        let payment = &self.claim.booking.payment;
        if payment.tries > 0 && self.core.ports.gateway.lookup(payment.id).await? == done {
            return Ok(());
        }
        operation.await
    }

    fn try_again(&self, operation: &str, error: &PortError) -> Result<Transition, crate::domain::IllegalStep> {
        let (payment, retry) = (&self.claim.booking.payment, self.core.policy.payment_retry);
        let tries = payment.tries.saturating_add(1);
        // An authorization that is given up is voided at its next look; whatever else lasts too long wants a human.
        let give_up = tries >= retry.attempts_max && payment.status != PaymentStatus::Authorizing;
        let wait = if give_up {
            retry.cap
        } else {
            retry.wait(tries, self.core.ports.ids.random())
        };
        tracing::warn!(%error, payment.id = %payment.id, operation, tries, wait_ms = wait_ms(wait), "the gateway gave no certain answer");
        self.step().retry(wait, give_up, self.answer(operation, "unknown"))
    }

    /// By the store's clock on both sides.
    fn is_past_deadline(&self) -> bool {
        let deadline = SignedDuration::try_from(self.core.policy.payment_deadline).unwrap_or(SignedDuration::MAX);
        let began_at = self.claim.booking.payment.began_at;
        began_at.is_some_and(|began_at| self.claim.now.duration_since(began_at) >= deadline)
    }
}

/// The key of an operation at the gateway: it belongs to the operation, not to the attempt.
fn operation_key(payment: PaymentId, operation: &str) -> String {
    format!("milo:{payment}:{operation}")
}

fn wait_ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
