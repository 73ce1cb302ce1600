//! The simulated gateway of one process.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use milo_core::domain::{Money, PaymentId};
use milo_core::ports::{Authorization, GatewayError, GatewayStatus, PaymentGateway};
use tokio::time::Instant;

use super::account::{Account, Turn};
use super::behaviour::Behaviour;
use super::ledger::{Ledger, LedgerEntry};

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
        let payment = authorization.payment;
        if let Behaviour::Slow(wait) = Behaviour::of(&authorization.method.token) {
            let decide = |account: &mut Account<Instant>, now| account.decided_at(authorization, now + wait, now);
            let decided_at = self.state().with(payment, decide);
            tokio::time::sleep_until(decided_at).await;
        }
        self.state()
            .call(payment, |account, now| account.authorize(authorization, now))
    }

    async fn capture(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.state().call(payment, |account, now| account.capture(amount, now))
    }

    async fn close(&self, payment: PaymentId) -> Result<(), GatewayError> {
        self.state().call(payment, Account::close)
    }

    async fn refund(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.state().call(payment, |account, now| account.refund(amount, now))
    }

    async fn lookup(&self, payment: PaymentId) -> Result<GatewayStatus, GatewayError> {
        let mut state = self.state();
        let ripen = |account: &mut Account<Instant>, now| (account.ripen(now), account.status);
        let (ripened, status) = state.with(payment, ripen);
        if let Some(entry) = ripened {
            state.ledger.append(entry);
        }
        Ok(status)
    }
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<PaymentId, Account<Instant>>,
    /// Payments that are over, oldest first.
    finished: VecDeque<PaymentId>,
    /// The final states of payments that were over long ago.
    forgotten: HashMap<PaymentId, GatewayStatus>,
    ledger: Ledger,
}

impl State {
    /// One call. Of payments that nobody knows, or that were over long ago, nothing is kept.
    fn call(
        &mut self,
        payment: PaymentId,
        operation: impl FnOnce(&mut Account<Instant>, Instant) -> Turn,
    ) -> Result<(), GatewayError> {
        let Turn { entries, answer } = self.with(payment, operation);
        if self.accounts.contains_key(&payment) {
            entries.into_iter().for_each(|entry| self.ledger.append(entry));
            self.forget_beyond(SimulatedGateway::FINISHED_MAX);
        }
        answer
    }

    /// Does something to the account of a payment, and keeps it if there is anything to keep.
    fn with<R>(&mut self, payment: PaymentId, act: impl FnOnce(&mut Account<Instant>, Instant) -> R) -> R {
        let now = Instant::now();
        if let Some(status) = self.forgotten.get(&payment) {
            return act(&mut Account::new(payment, *status), now);
        }
        let kept = self.accounts.remove(&payment);
        let mut account = kept.unwrap_or_else(|| Account::new(payment, GatewayStatus::Unknown));
        let was_over = account.is_over();
        let result = act(&mut account, now);
        if account.is_over() && !was_over {
            self.finished.push_back(payment);
        }
        if account.is_known() {
            self.accounts.insert(payment, account);
        }
        result
    }

    fn forget_beyond(&mut self, finished_max: usize) {
        while self.finished.len() > finished_max {
            let Some(oldest) = self.finished.pop_front() else {
                return;
            };
            if let Some(account) = self.accounts.remove(&oldest) {
                self.forgotten.insert(oldest, account.status);
            }
            self.ledger.forget(oldest);
        }
    }
}

#[cfg(test)]
#[path = "simulated_tests.rs"]
mod tests;
