//! I13 and I14: the gateway's own books say the same as ours.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::database::{Database, row, rows};
use crate::input::dump::Payment;
use crate::input::ledger::{Entry, Ledger, Operation};
use crate::states::{PaymentStatus, Status};
use crate::verdict::{Evidence, Findings, Promise};

const MONEY_FOR_SEATS: Promise = (
    "I13",
    "the gateway keeps the price of what is confirmed, and nothing for anything else",
);
const NO_OPEN_AUTHORIZATION: Promise = ("I13", "no authorization is open for a reservation that has ended");
const SAID_IS_DONE: Promise = ("I13", "what we were told of money is in the gateway's books");
const ONE_EFFECT: Promise = ("I14", "an operation has one effect, however often it was asked");
const OWN_KEY: Promise = ("I14", "an operation has one key, of its payment");

/// What the gateway did with one payment.
#[derive(Debug, Default)]
struct Account<'l> {
    /// With an effect only.
    effects: Vec<&'l Entry>,
}

impl<'l> Account<'l> {
    fn of(&self, operation: Operation) -> impl Iterator<Item = &'l Entry> {
        self.effects
            .iter()
            .copied()
            .filter(move |entry| entry.operation == operation)
    }

    fn balance(&self) -> i64 {
        let sum = |operation| -> i64 { self.of(operation).filter_map(|entry| entry.amount_minor).sum() };
        sum(Operation::Capture) - sum(Operation::Refund)
    }

    fn moves(&self) -> impl Iterator<Item = Evidence> {
        let moves = self.effects.iter().copied();
        rows(
            "ledger",
            moves.filter(|entry| matches!(entry.operation, Operation::Capture | Operation::Refund)),
        )
    }
}

pub(crate) fn check(ledger: &Ledger, database: &Database<'_>, settled: bool, findings: &mut Findings) {
    let mut accounts: FxHashMap<&str, Account<'_>> = FxHashMap::default();
    for entry in &ledger.ledger {
        let account = accounts.entry(&*entry.payment).or_default();
        if entry.effect {
            account.effects.push(entry);
        }
    }
    let keys_are_one = keys(ledger, findings);
    let none = Account::default();
    let mut ours: FxHashSet<&str> = FxHashSet::default();
    for booking in &database.bookings {
        let status = booking.reservation.status;
        for payment in &booking.payments {
            ours.insert(&payment.id);
            let account = accounts.get(&*payment.id).unwrap_or(&none);
            if keys_are_one(&payment.id) {
                money(status, payment, account, settled, findings);
            }
            said(payment, &booking.ops, account, findings);
        }
    }
    for (payment, account) in &accounts {
        if !ours.contains(payment) && account.balance() != 0 {
            findings.add(
                MONEY_FOR_SEATS,
                || format!("payment {payment}, which we do not know"),
                || account.moves().collect(),
            );
        }
    }
}

fn money(status: Status, payment: &Payment, account: &Account<'_>, settled: bool, findings: &mut Findings) {
    let owed = match (status, payment.status) {
        (Status::Confirmed, _) => Some(payment.amount_minor),
        // On its way: the gateway may have done what we have not heard of yet.
        (_, PaymentStatus::Capturing | PaymentStatus::Refunding) if !settled => None,
        (_, PaymentStatus::Refunding) if payment.needs_review => None,
        _ => Some(0),
    };
    let subject = || format!("payment {}", payment.id);
    if owed.is_some_and(|owed| account.balance() != owed) {
        findings.add(MONEY_FOR_SEATS, subject, || {
            rows("payments", [payment]).chain(account.moves()).collect()
        });
    }
    let foreign = account.effects.iter().find(|entry| {
        entry
            .currency
            .as_ref()
            .is_some_and(|currency| *currency != payment.currency)
    });
    if let Some(entry) = foreign {
        findings.add(MONEY_FOR_SEATS, subject, || {
            vec![row("payments", payment), row("ledger", entry)]
        });
    }
    let ended_unpaid = !status.owns_seats();
    let is_closed = account
        .of(Operation::Capture)
        .chain(account.of(Operation::Close))
        .next()
        .is_some();
    if let Some(open) = account.of(Operation::Authorize).next()
        && ended_unpaid
        && !is_closed
    {
        findings.add(NO_OPEN_AUTHORIZATION, subject, || {
            vec![row("payments", payment), row("ledger", open)]
        });
    }
}

/// Every capture and refund that we wrote down as done was done.
fn said(payment: &Payment, ops: &[&crate::input::dump::PaymentOp], account: &Account<'_>, findings: &mut Findings) {
    for op in ops {
        let operation = match &*op.outcome {
            "captured" => Operation::Capture,
            "refunded" => Operation::Refund,
            "authorized" => Operation::Authorize,
            _ => continue,
        };
        if account.of(operation).next().is_none() {
            findings.add(
                SAID_IS_DONE,
                || format!("payment {}", payment.id),
                || vec![row("payment_ops", *op)],
            );
        }
    }
}

/// Gives whether a payment's keys are right: where they are not, its money is wrong because of that.
fn keys<'l>(ledger: &'l Ledger, findings: &mut Findings) -> impl Fn(&str) -> bool + use<'l> {
    let mut wrong: FxHashSet<&'l str> = FxHashSet::default();
    let mut effects: FxHashMap<&str, &Entry> = FxHashMap::default();
    let mut of_operation: FxHashMap<(&str, u8), &Entry> = FxHashMap::default();
    for entry in &ledger.ledger {
        if entry.effect
            && let Some(other) = effects.insert(&entry.key, entry)
        {
            wrong.insert(&entry.payment);
            findings.add(
                ONE_EFFECT,
                || format!("key {}", entry.key),
                || rows("ledger", [other, entry]).collect(),
            );
        }
        let known = of_operation
            .entry((&entry.payment, entry.operation as u8))
            .or_insert(entry);
        if known.key != entry.key {
            wrong.insert(&entry.payment);
            findings.add(
                OWN_KEY,
                || format!("payment {}", entry.payment),
                || rows("ledger", [*known, entry]).collect(),
            );
        }
    }
    move |payment| !wrong.contains(payment)
}
