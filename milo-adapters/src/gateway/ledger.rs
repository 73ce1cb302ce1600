//! What the simulated gateway was asked, and which of it moved money.

use std::collections::{BTreeMap, HashMap, VecDeque};

use milo_core::domain::{Money, PaymentId, ReservationId, ShowtimeId};

/// An operation that a gateway can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GatewayOperation {
    /// Reserve the money.
    Authorize,
    /// Take it.
    Capture,
    /// Close the payment without taking money.
    Close,
    /// Give it back.
    Refund,
}

impl GatewayOperation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Authorize, Self::Capture, Self::Close, Self::Refund];

    /// The last part of the operation's keys: `auth`, `capture`, `close` or `refund`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "auth",
            Self::Capture => "capture",
            Self::Close => "close",
            Self::Refund => "refund",
        }
    }

    /// The key of the operation on a payment, `milo:<payment>:auth` and so on; the same for every attempt.
    pub fn key(self, payment: PaymentId) -> String {
        format!("milo:{payment}:{}", self.as_str())
    }
}

/// One call that reached the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its place in the ledger; later entries have greater ones.
    pub sequence: u64,
    /// The payment.
    pub payment: PaymentId,
    /// The operation's key; the same for every attempt.
    pub key: String,
    /// What was asked for.
    pub operation: GatewayOperation,
    /// The amount asked for; for a closing, what was reserved, if anything was.
    pub amount: Option<Money>,
    /// What the payment is for, if an authorization was ever asked for.
    pub reservation: Option<ReservationId>,
    /// Its showtime, likewise.
    pub showtime: Option<ShowtimeId>,
    /// Whether this call changed something: false for repeats, refusals and failures. At most one entry of a key has
    /// an effect.
    pub effect: bool,
}

/// The entries of every payment, in order. An entry without an effect may be dropped to make room; one with an effect
/// goes only with its whole payment.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<u64, LedgerEntry>,
    of_payment: HashMap<PaymentId, Sequences>,
    last: u64,
}

#[derive(Debug, Default)]
struct Sequences {
    effects: Vec<u64>,
    others: VecDeque<u64>,
}

impl LedgerEntry {
    /// The most entries without an effect that are kept of one payment.
    pub const OTHERS_MAX: usize = 32;

    /// What the entry adds to what was taken and not given back, in minor units.
    pub fn moved(&self) -> i64 {
        match (self.effect, self.operation, self.amount) {
            (true, GatewayOperation::Capture, Some(amount)) => amount.amount(),
            (true, GatewayOperation::Refund, Some(amount)) => -amount.amount(),
            _ => 0,
        }
    }
}

impl Ledger {
    /// Appends an entry and numbers it.
    pub(super) fn append(&mut self, mut entry: LedgerEntry) {
        self.last += 1;
        entry.sequence = self.last;
        let sequences = self.of_payment.entry(entry.payment).or_default();
        if entry.effect {
            sequences.effects.push(entry.sequence);
        } else {
            sequences.others.push_back(entry.sequence);
            if sequences.others.len() > LedgerEntry::OTHERS_MAX
                && let Some(oldest) = sequences.others.pop_front()
            {
                self.entries.remove(&oldest);
            }
        }
        self.entries.insert(entry.sequence, entry);
    }

    /// Drops every entry of a payment.
    pub(super) fn forget(&mut self, payment: PaymentId) {
        if let Some(sequences) = self.of_payment.remove(&payment) {
            for sequence in sequences.effects.into_iter().chain(sequences.others) {
                self.entries.remove(&sequence);
            }
        }
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &LedgerEntry> {
        self.entries.values()
    }

    /// What was taken and not given back, in minor units.
    pub(super) fn balance(&self, payment: PaymentId) -> i64 {
        let effects = self
            .of_payment
            .get(&payment)
            .map_or(&[][..], |sequences| &sequences.effects);
        effects
            .iter()
            .filter_map(|sequence| self.entries.get(sequence))
            .map(LedgerEntry::moved)
            .sum()
    }
}
