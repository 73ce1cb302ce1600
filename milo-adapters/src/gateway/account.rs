//! How the simulated gateway treats one payment: from the account as it was and what is asked for, to the account as it
//! is, the entries of the ledger and the answer. Pure: whoever keeps the accounts hands in the time.

use milo_core::domain::{Money, PaymentFailure, PaymentId};
use milo_core::planted::{Bug, is_planted};
use milo_core::ports::{Authorization, GatewayError, GatewayStatus, PortError};

use super::behaviour::Behaviour;
use super::ledger::{GatewayOperation, LedgerEntry};

/// The port, as in [`PortError::port`].
pub(super) const PORT: &str = "payment_gateway";

/// A payment that the gateway was asked about. `Moment` is a time of the clock that its keeper judges by.
#[derive(Clone, Debug)]
pub(super) struct Account<Moment> {
    pub(super) payment: PaymentId,
    pub(super) status: GatewayStatus,
    /// What was asked for; none if the payment was closed before anything was.
    pub(super) asked: Option<Authorization>,
    /// When a slow authorization is decided, as long as it is not.
    pub(super) decided_at: Option<Moment>,
    /// How often each operation was asked for, in the order of [`GatewayOperation::ALL`].
    pub(super) calls: [u32; GatewayOperation::ALL.len()],
}

/// What one call came to.
#[derive(Debug)]
pub(super) struct Turn {
    /// What goes into the ledger, in order. Their sequence is the keeper's to give.
    pub(super) entries: Vec<LedgerEntry>,
    pub(super) answer: Result<(), GatewayError>,
}

/// How a call is judged.
enum Verdict {
    /// It is done, and has this effect.
    Becomes(GatewayStatus),
    /// It was done before.
    Again,
    /// It is refused for certain.
    Refused(&'static str),
    /// It fails before anything was done.
    Fails,
}

impl<Moment: Copy + Ord> Account<Moment> {
    /// A payment of which no more is known than its state.
    pub(super) fn new(payment: PaymentId, status: GatewayStatus) -> Self {
        Self {
            payment,
            status,
            asked: None,
            decided_at: None,
            calls: Default::default(),
        }
    }

    /// Whether there is anything to keep. Of payments that were never asked for, there is not.
    pub(super) fn is_known(&self) -> bool {
        self.status != GatewayStatus::Unknown || self.asked.is_some()
    }

    /// Whether the payment can never change again.
    pub(super) fn is_over(&self) -> bool {
        matches!(
            self.status,
            GatewayStatus::Declined | GatewayStatus::Closed | GatewayStatus::Refunded
        )
    }

    /// When a slow authorization is decided: the first call settles it, `at` unless there was one before.
    pub(super) fn decided_at(&mut self, authorization: &Authorization, at: Moment, now: Moment) -> Moment {
        if self.status != GatewayStatus::Unknown {
            return now;
        }
        self.asked.get_or_insert_with(|| authorization.clone());
        *self.decided_at.get_or_insert(at)
    }

    /// Decides a slow authorization whose time has come, whoever still waits for it.
    pub(super) fn ripen(&mut self, now: Moment) -> Option<LedgerEntry> {
        if self.decided_at.is_none_or(|at| at > now) {
            return None;
        }
        self.decided_at = None;
        let amount = self.asked.as_ref()?.amount;
        self.status = GatewayStatus::Authorized;
        Some(self.note(GatewayOperation::Authorize, Some(amount), true))
    }

    pub(super) fn authorize(&mut self, authorization: &Authorization, now: Moment) -> Turn {
        let ripened = self.ripen(now);
        let verdict = self.judge_authorization(authorization);
        self.turn(
            ripened,
            GatewayOperation::Authorize,
            Some(authorization.amount),
            verdict,
        )
    }

    pub(super) fn capture(&mut self, amount: Money, now: Moment) -> Turn {
        let ripened = self.ripen(now);
        let verdict = match self.status {
            GatewayStatus::Closed => Verdict::Refused("closed"),
            GatewayStatus::Unknown | GatewayStatus::Declined => Verdict::Refused("not_authorized"),
            _ if self.is_other_amount(amount) => Verdict::Refused("amount_mismatch"),
            GatewayStatus::Captured | GatewayStatus::Refunded => Verdict::Again,
            GatewayStatus::Authorized => match self.behaviour() {
                Some(Behaviour::CaptureRefused) => Verdict::Refused("capture_refused"),
                _ => Verdict::Becomes(GatewayStatus::Captured),
            },
        };
        self.turn(ripened, GatewayOperation::Capture, Some(amount), verdict)
    }

    pub(super) fn close(&mut self, now: Moment) -> Turn {
        let ripened = self.ripen(now);
        let mut reserved = None;
        let verdict = match self.status {
            GatewayStatus::Captured | GatewayStatus::Refunded => Verdict::Refused("already_captured"),
            GatewayStatus::Closed | GatewayStatus::Declined => Verdict::Again,
            GatewayStatus::Authorized => {
                reserved = self.asked.as_ref().map(|asked| asked.amount);
                Verdict::Becomes(GatewayStatus::Closed)
            }
            GatewayStatus::Unknown if is_planted(Bug::CloseLeavesDoorOpen) => Verdict::Again,
            GatewayStatus::Unknown => Verdict::Becomes(GatewayStatus::Closed),
        };
        self.turn(ripened, GatewayOperation::Close, reserved, verdict)
    }

    pub(super) fn refund(&mut self, amount: Money, now: Moment) -> Turn {
        let ripened = self.ripen(now);
        let verdict = match self.status {
            GatewayStatus::Captured | GatewayStatus::Refunded if self.is_other_amount(amount) => {
                Verdict::Refused("amount_mismatch")
            }
            GatewayStatus::Refunded => Verdict::Again,
            GatewayStatus::Captured => match self.behaviour() {
                Some(Behaviour::RefundFlaky(failures)) if self.calls(GatewayOperation::Refund) < failures => {
                    Verdict::Fails
                }
                _ => Verdict::Becomes(GatewayStatus::Refunded),
            },
            _ => Verdict::Refused("nothing_captured"),
        };
        self.turn(ripened, GatewayOperation::Refund, Some(amount), verdict)
    }

    fn judge_authorization(&mut self, authorization: &Authorization) -> Verdict {
        let behaviour = Behaviour::of(&authorization.method.token);
        let differs = self.asked.as_ref().is_some_and(|asked| asked != authorization);
        match self.status {
            GatewayStatus::Closed => return Verdict::Refused("closed"),
            GatewayStatus::Declined => return Verdict::Refused(decline(behaviour)),
            // The key was used before for something else.
            _ if differs => return Verdict::Refused("authorization_mismatch"),
            GatewayStatus::Authorized | GatewayStatus::Captured | GatewayStatus::Refunded => return Verdict::Again,
            GatewayStatus::Unknown => {}
        }
        self.asked.get_or_insert_with(|| authorization.clone());
        match behaviour {
            Behaviour::Declines | Behaviour::Invalid => {
                // Nothing was done to any money, so this is no effect.
                self.status = GatewayStatus::Declined;
                Verdict::Refused(decline(behaviour))
            }
            Behaviour::Flaky(failures) if self.calls(GatewayOperation::Authorize) < failures => Verdict::Fails,
            Behaviour::Down => Verdict::Fails,
            _ => Verdict::Becomes(GatewayStatus::Authorized),
        }
    }

    /// Moves the payment, if it moves, and answers; the answer may be lost on its way.
    fn turn(
        &mut self,
        ripened: Option<LedgerEntry>,
        operation: GatewayOperation,
        amount: Option<Money>,
        verdict: Verdict,
    ) -> Turn {
        let effect = matches!(verdict, Verdict::Becomes(_));
        let entry = self.note(operation, amount, effect);
        let lost = matches!(self.behaviour(), Some(Behaviour::Lost(lost)) if self.calls(operation) <= lost);
        if let Verdict::Becomes(status) = verdict {
            self.status = status;
            self.decided_at = None;
        }
        let answer = match verdict {
            Verdict::Becomes(_) | Verdict::Again if lost => {
                Err(PortError::outcome_unknown(PORT, "the simulated gateway's answer was lost").into())
            }
            Verdict::Becomes(_) | Verdict::Again => Ok(()),
            Verdict::Refused(code) => Err(refusal(code)),
            Verdict::Fails => Err(PortError::transient(PORT, "the simulated gateway cannot be reached").into()),
        };
        Turn {
            entries: ripened.into_iter().chain([entry]).collect(),
            answer,
        }
    }

    /// Counts a call and writes it down.
    fn note(&mut self, operation: GatewayOperation, amount: Option<Money>, effect: bool) -> LedgerEntry {
        let calls = &mut self.calls[operation as usize];
        *calls = calls.saturating_add(1);
        LedgerEntry {
            sequence: 0,
            payment: self.payment,
            key: operation.key(self.payment),
            operation,
            amount,
            reservation: self.asked.as_ref().map(|asked| asked.reservation),
            showtime: self.asked.as_ref().map(|asked| asked.showtime),
            effect,
        }
    }

    fn calls(&self, operation: GatewayOperation) -> u32 {
        self.calls[operation as usize]
    }

    fn behaviour(&self) -> Option<Behaviour> {
        self.asked.as_ref().map(|asked| Behaviour::of(&asked.method.token))
    }

    fn is_other_amount(&self, amount: Money) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.amount != amount)
    }
}

fn refusal(code: &'static str) -> GatewayError {
    match PaymentFailure::parse(code) {
        Ok(failure) => GatewayError::Refused(failure),
        Err(flaw) => PortError::refused(PORT, flaw.to_string()).into(),
    }
}

fn decline(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Declines => "card_declined",
        _ => "invalid_token",
    }
}
