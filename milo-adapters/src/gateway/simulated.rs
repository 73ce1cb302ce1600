//! A gateway that behaves as the payment's token says.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use milo_core::domain::{Money, PaymentFailure, PaymentId};
use milo_core::ports::{Authorization, GatewayError, GatewayStatus, PaymentGateway, PortError};
use tokio::time::Instant;

use super::behaviour::Behaviour;
use super::ledger::{GatewayOperation, Ledger, LedgerEntry};

const PORT: &str = "payment_gateway";

/// A payment provider without money, for development, tests and integrators. Nothing in it is left to chance.
///
/// | token | what happens |
/// | --- | --- |
/// | `tok_ok` | paid |
/// | `tok_declined` | the authorization is refused: `card_declined` |
/// | `tok_flaky_N` | `N` authorizations fail before they have an effect, then paid |
/// | `tok_lost_N` | everything is done, but the first `N` answers to each operation are lost: outcome unknown |
/// | `tok_down` | every authorization fails; closing works, so the payment ends voided |
/// | `tok_slow_MS` | decided `MS` milliseconds (60 s at most) after it was first asked for, then paid |
/// | `tok_capture_refused` | authorized, then the capture is refused: `capture_refused` |
/// | `tok_refund_flaky_N` | paid; `N` refunds fail before they have an effect |
/// | anything else | the authorization is refused: `invalid_token` |
///
/// A slow authorization goes on when its caller goes away, as it would at a real provider: asked again, it answers when
/// its time has come. Closed before that, it is refused.
///
/// **Memory.** A payment that can still change (reserved or taken money, no decision yet) is kept with all its effects.
/// Of those that are over (declined, closed, refunded), the last [`FINISHED_MAX`](Self::FINISHED_MAX) are kept; of older
/// ones only the final state is, so that a late authorization still meets a closed door. Of each payment, the last 32
/// calls without an effect are kept.
#[derive(Debug, Default)]
pub struct SimulatedGateway {
    state: Mutex<State>,
}

impl SimulatedGateway {
    /// The most payments that are over and kept with their entries.
    pub const FINISHED_MAX: usize = 100_000;

    /// A gateway that was never asked anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every call that is kept, in order.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.state().ledger.entries().cloned().collect()
    }

    /// What was taken from a payer and not given back, in minor units.
    pub fn balance(&self, payment: PaymentId) -> i64 {
        self.state().ledger.balance(payment)
    }

    /// How many calls with this key had an effect; more than one would be a flaw.
    pub fn effects(&self, key: &str) -> usize {
        let state = self.state();
        let of_key = state.ledger.entries().filter(|entry| entry.effect && entry.key == key);
        of_key.count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl PaymentGateway for SimulatedGateway {
    async fn authorize(&self, authorization: &Authorization) -> Result<(), GatewayError> {
        if let Behaviour::Slow(wait) = Behaviour::of(&authorization.method.token) {
            let decided_at = self.state().decided_at(authorization, Instant::now() + wait);
            tokio::time::sleep_until(decided_at).await;
        }
        self.state().authorize(authorization)
    }

    async fn capture(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.state().capture(payment, amount)
    }

    async fn close(&self, payment: PaymentId) -> Result<(), GatewayError> {
        self.state().close(payment)
    }

    async fn refund(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.state().refund(payment, amount)
    }

    async fn lookup(&self, payment: PaymentId) -> Result<GatewayStatus, GatewayError> {
        let mut state = self.state();
        state.ripen(payment);
        Ok(state.status(payment))
    }
}

/// A payment that the gateway was asked about.
#[derive(Debug)]
struct Account {
    status: GatewayStatus,
    /// What was asked for; none if the payment was closed before anything was.
    asked: Option<Authorization>,
    /// When a slow authorization is decided, as long as it is not.
    decided_at: Option<Instant>,
    /// How often each operation was asked for.
    calls: HashMap<GatewayOperation, u32>,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<PaymentId, Account>,
    /// Payments that are over, oldest first.
    finished: VecDeque<PaymentId>,
    /// The final states of payments that were over long ago.
    forgotten: HashMap<PaymentId, GatewayStatus>,
    ledger: Ledger,
}

impl State {
    fn status(&self, payment: PaymentId) -> GatewayStatus {
        let kept = self.accounts.get(&payment).map(|account| account.status);
        kept.or_else(|| self.forgotten.get(&payment).copied())
            .unwrap_or(GatewayStatus::Unknown)
    }

    fn account(&mut self, payment: PaymentId) -> &mut Account {
        self.accounts.entry(payment).or_insert_with(|| Account {
            status: GatewayStatus::Unknown,
            asked: None,
            decided_at: None,
            calls: HashMap::new(),
        })
    }

    /// When a slow authorization is decided: the first call settles it.
    fn decided_at(&mut self, authorization: &Authorization, at: Instant) -> Instant {
        if self.status(authorization.payment) != GatewayStatus::Unknown {
            return Instant::now();
        }
        let account = self.account(authorization.payment);
        account.asked.get_or_insert_with(|| authorization.clone());
        *account.decided_at.get_or_insert(at)
    }

    /// Decides a slow authorization whose time has come, whoever still waits for it.
    fn ripen(&mut self, payment: PaymentId) {
        let Some(account) = self.accounts.get_mut(&payment) else {
            return;
        };
        if account.decided_at.is_none_or(|at| at > Instant::now()) {
            return;
        }
        account.decided_at = None;
        if let Some(authorization) = account.asked.clone() {
            self.note(GatewayOperation::Authorize, payment, Some(authorization.amount), true);
            self.finish(payment, GatewayStatus::Authorized);
        }
    }

    fn authorize(&mut self, authorization: &Authorization) -> Result<(), GatewayError> {
        use GatewayOperation::Authorize;
        let payment = authorization.payment;
        let behaviour = Behaviour::of(&authorization.method.token);
        self.ripen(payment);
        let amount = Some(authorization.amount);
        match self.status(payment) {
            GatewayStatus::Unknown => {}
            GatewayStatus::Closed => return self.refuse(Authorize, payment, amount, "closed"),
            GatewayStatus::Declined => return self.refuse(Authorize, payment, amount, decline(behaviour)),
            GatewayStatus::Authorized | GatewayStatus::Captured | GatewayStatus::Refunded => {
                if self.differs(authorization) {
                    return self.refuse(Authorize, payment, amount, "authorization_mismatch");
                }
                return self.done(Authorize, payment, amount, None);
            }
        }
        if self.differs(authorization) {
            return self.refuse(Authorize, payment, amount, "authorization_mismatch");
        }
        let account = self.account(payment);
        account.asked.get_or_insert_with(|| authorization.clone());
        let before = account.calls.get(&Authorize).copied().unwrap_or(0);
        match behaviour {
            Behaviour::Declines | Behaviour::Invalid => {
                self.finish(payment, GatewayStatus::Declined);
                self.refuse(Authorize, payment, amount, decline(behaviour))
            }
            Behaviour::Flaky(failures) if before < failures => self.fail(Authorize, payment, amount),
            Behaviour::Down => self.fail(Authorize, payment, amount),
            _ => self.done(Authorize, payment, amount, Some(GatewayStatus::Authorized)),
        }
    }

    fn capture(&mut self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        use GatewayOperation::Capture;
        self.ripen(payment);
        let asked = Some(amount);
        match self.status(payment) {
            GatewayStatus::Closed => self.refuse(Capture, payment, asked, "closed"),
            GatewayStatus::Unknown | GatewayStatus::Declined => self.refuse(Capture, payment, asked, "not_authorized"),
            _ if self.is_other_amount(payment, amount) => self.refuse(Capture, payment, asked, "amount_mismatch"),
            GatewayStatus::Captured | GatewayStatus::Refunded => self.done(Capture, payment, asked, None),
            GatewayStatus::Authorized => match self.behaviour(payment) {
                Some(Behaviour::CaptureRefused) => self.refuse(Capture, payment, asked, "capture_refused"),
                _ => self.done(Capture, payment, asked, Some(GatewayStatus::Captured)),
            },
        }
    }

    fn close(&mut self, payment: PaymentId) -> Result<(), GatewayError> {
        use GatewayOperation::Close;
        self.ripen(payment);
        match self.status(payment) {
            GatewayStatus::Captured | GatewayStatus::Refunded => self.refuse(Close, payment, None, "already_captured"),
            GatewayStatus::Closed | GatewayStatus::Declined => self.done(Close, payment, None, None),
            status => {
                let reserved = (status == GatewayStatus::Authorized)
                    .then(|| self.authorization(payment).map(|asked| asked.amount))
                    .flatten();
                self.account(payment).decided_at = None;
                self.done(Close, payment, reserved, Some(GatewayStatus::Closed))
            }
        }
    }

    fn refund(&mut self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        use GatewayOperation::Refund;
        let asked = Some(amount);
        match self.status(payment) {
            GatewayStatus::Captured | GatewayStatus::Refunded if self.is_other_amount(payment, amount) => {
                self.refuse(Refund, payment, asked, "amount_mismatch")
            }
            GatewayStatus::Refunded => self.done(Refund, payment, asked, None),
            GatewayStatus::Captured => {
                let before = self.account(payment).calls.get(&Refund).copied().unwrap_or(0);
                match self.behaviour(payment) {
                    Some(Behaviour::RefundFlaky(failures)) if before < failures => self.fail(Refund, payment, asked),
                    _ => self.done(Refund, payment, asked, Some(GatewayStatus::Refunded)),
                }
            }
            _ => self.refuse(Refund, payment, asked, "nothing_captured"),
        }
    }

    fn authorization(&self, payment: PaymentId) -> Option<&Authorization> {
        self.accounts.get(&payment)?.asked.as_ref()
    }

    fn behaviour(&self, payment: PaymentId) -> Option<Behaviour> {
        self.authorization(payment)
            .map(|asked| Behaviour::of(&asked.method.token))
    }

    /// Whether the key was used before for something else.
    fn differs(&self, authorization: &Authorization) -> bool {
        self.authorization(authorization.payment)
            .is_some_and(|asked| asked != authorization)
    }

    fn is_other_amount(&self, payment: PaymentId, amount: Money) -> bool {
        self.authorization(payment).is_some_and(|asked| asked.amount != amount)
    }

    /// Moves the payment, if it moves, and answers; the answer may be lost on its way.
    fn done(
        &mut self,
        operation: GatewayOperation,
        payment: PaymentId,
        amount: Option<Money>,
        becomes: Option<GatewayStatus>,
    ) -> Result<(), GatewayError> {
        self.note(operation, payment, amount, becomes.is_some());
        let lost =
            matches!(self.behaviour(payment), Some(Behaviour::Lost(lost)) if self.calls(operation, payment) <= lost);
        if let Some(status) = becomes {
            self.finish(payment, status);
        }
        if lost {
            let error = PortError::outcome_unknown(PORT, "the simulated gateway's answer was lost");
            return Err(error.into());
        }
        Ok(())
    }

    /// Refuses for certain.
    fn refuse(
        &mut self,
        operation: GatewayOperation,
        payment: PaymentId,
        amount: Option<Money>,
        code: &'static str,
    ) -> Result<(), GatewayError> {
        self.note(operation, payment, amount, false);
        let failure = PaymentFailure::parse(code).map_err(|flaw| PortError::refused(PORT, flaw.to_string()))?;
        Err(GatewayError::Refused(failure))
    }

    /// Fails before anything was done.
    fn fail(
        &mut self,
        operation: GatewayOperation,
        payment: PaymentId,
        amount: Option<Money>,
    ) -> Result<(), GatewayError> {
        self.note(operation, payment, amount, false);
        Err(PortError::transient(PORT, "the simulated gateway cannot be reached").into())
    }

    fn calls(&self, operation: GatewayOperation, payment: PaymentId) -> u32 {
        let account = self.accounts.get(&payment);
        account
            .and_then(|account| account.calls.get(&operation).copied())
            .unwrap_or(0)
    }

    fn note(&mut self, operation: GatewayOperation, payment: PaymentId, amount: Option<Money>, effect: bool) {
        if let Some(account) = self.accounts.get_mut(&payment) {
            let calls = account.calls.entry(operation).or_default();
            *calls = calls.saturating_add(1);
        } else if !effect {
            // Of payments that nobody knows, or that were over long ago, nothing is kept.
            return;
        }
        let asked = self.authorization(payment);
        let entry = LedgerEntry {
            sequence: 0,
            payment,
            key: operation.key(payment),
            operation,
            amount,
            reservation: asked.map(|asked| asked.reservation),
            showtime: asked.map(|asked| asked.showtime),
            effect,
        };
        self.ledger.append(entry);
    }

    fn finish(&mut self, payment: PaymentId, status: GatewayStatus) {
        self.account(payment).status = status;
        if matches!(
            status,
            GatewayStatus::Declined | GatewayStatus::Closed | GatewayStatus::Refunded
        ) {
            self.finished.push_back(payment);
            self.forget_beyond(SimulatedGateway::FINISHED_MAX);
        }
    }

    fn forget_beyond(&mut self, finished_max: usize) {
        while self.finished.len() > finished_max {
            let Some(oldest) = self.finished.pop_front() else {
                return;
            };
            let status = self.status(oldest);
            self.forgotten.insert(oldest, status);
            self.accounts.remove(&oldest);
            self.ledger.forget(oldest);
        }
    }
}

fn decline(behaviour: Behaviour) -> &'static str {
    match behaviour {
        Behaviour::Declines => "card_declined",
        _ => "invalid_token",
    }
}

#[cfg(test)]
#[path = "simulated_tests.rs"]
mod tests;
