//! What happened, from three records.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::MemoryStore;
use milo_core::domain::{ReservationStatus, SeatId};

use super::Rush;
use super::buyer::Purchase;

/// What happened in a rush. Money is in minor units.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Report {
    /// Who came.
    pub buyers: u32,
    /// What was for sale.
    pub seats: u16,
    /// Buyers who were told that they have seats.
    pub buyers_with_seats: usize,
    /// Buyers whose payment failed.
    pub buyers_whose_payment_failed: usize,
    /// Buyers who found nothing.
    pub buyers_without_luck: usize,
    /// Buyers who met an error that is no refusal.
    pub buyers_with_errors: usize,
    /// Some of those errors.
    pub errors: Vec<String>,
    /// How often a buyer was refused because somebody else was faster.
    pub refusals: usize,
    /// Seats that buyers were told they have.
    pub seats_sold: usize,
    /// Seats that more than one buyer was told to have.
    pub seats_sold_twice: usize,
    /// What the gateway took and kept.
    pub money_taken: i64,
    /// What buyers were told that they paid.
    pub money_of_buyers: i64,
    /// What the store says that confirmed reservations cost.
    pub money_of_reservations: i64,
    /// Every promise of the protocol that what the store has written breaks.
    pub violations: Vec<String>,
    /// From the first buyer to the last answer.
    pub took_ms: u128,
}

/// How many errors are shown.
const ERRORS_SHOWN: usize = 5;

impl Report {
    pub(super) fn of(
        rush: Rush,
        purchases: &[Purchase],
        store: &MemoryStore,
        gateway: &SimulatedGateway,
        took: Duration,
    ) -> Self {
        let bought = || purchases.iter().filter_map(|purchase| purchase.bought.as_ref());
        let mut owners: HashMap<SeatId, usize> = HashMap::new();
        for seat in bought().flat_map(|booking| &booking.reservation.seats) {
            *owners.entry(seat.id).or_default() += 1;
        }
        let errors = || purchases.iter().filter_map(|purchase| purchase.error.clone());
        let failed = purchases.iter().filter(|purchase| purchase.payment_failed).count();
        let (with_seats, with_errors) = (bought().count(), errors().count());
        let bookings = store.audit().bookings;
        let confirmed = bookings.iter().map(|record| &record.booking);
        let confirmed = confirmed.filter(|booking| booking.reservation.status == ReservationStatus::Confirmed);
        Self {
            buyers: rush.buyers,
            seats: rush.seats,
            buyers_with_seats: with_seats,
            buyers_whose_payment_failed: failed,
            buyers_without_luck: purchases.len() - with_seats - failed - with_errors,
            buyers_with_errors: with_errors,
            errors: errors().take(ERRORS_SHOWN).collect(),
            refusals: purchases.iter().map(|purchase| purchase.refused).sum(),
            seats_sold: owners.len(),
            seats_sold_twice: owners.values().filter(|owners| **owners > 1).count(),
            money_taken: bookings
                .iter()
                .map(|record| gateway.balance(record.booking.payment.id))
                .sum(),
            money_of_buyers: bought().map(|booking| booking.payment.amount.amount()).sum(),
            money_of_reservations: confirmed.map(|booking| booking.reservation.total.amount()).sum(),
            violations: store.invariants(),
            took_ms: took.as_millis(),
        }
    }

    /// Whether no seat was sold twice and the three records agree about the money.
    pub fn is_sound(&self) -> bool {
        self.seats_sold_twice == 0
            && self.money_taken == self.money_of_buyers
            && self.money_taken == self.money_of_reservations
            && self.violations.is_empty()
            && self.buyers_with_errors == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |amount: i64| format!("{}.{:02}", amount / 100, amount % 100);
        let rows = [
            ("buyers", self.buyers.to_string()),
            ("  got seats", self.buyers_with_seats.to_string()),
            ("  payment failed", self.buyers_whose_payment_failed.to_string()),
            ("  found nothing", self.buyers_without_luck.to_string()),
            ("  met an error", self.buyers_with_errors.to_string()),
            ("refusals on the way", self.refusals.to_string()),
            ("seats", self.seats.to_string()),
            ("  sold", self.seats_sold.to_string()),
            ("  sold twice", self.seats_sold_twice.to_string()),
            ("money the gateway took", money(self.money_taken)),
            ("  buyers say they paid", money(self.money_of_buyers)),
            ("  reservations cost", money(self.money_of_reservations)),
            ("broken promises", self.violations.len().to_string()),
            ("time", format!("{} ms", self.took_ms)),
        ];
        for (name, value) in rows {
            writeln!(f, "{name:<24}{value:>12}")?;
        }
        for wrong in self.violations.iter().chain(&self.errors) {
            writeln!(f, "! {wrong}")?;
        }
        f.write_str(if self.is_sound() { "SOUND" } else { "NOT SOUND" })
    }
}
