use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{Message, MessageId, ReservationId, Version};
use milo_core::ports::{Backlog, Outbox, PortError, TakenMessage};

use super::MemoryStore;
use super::audit::OutboxRecord;
use crate::memory::clock::{later, since};

/// Messages in the order they were written, and where each stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OutboxTable {
    rows: Vec<OutboxRecord>,
    by_id: BTreeMap<MessageId, usize>,
    /// Undelivered and not parked.
    waiting: BTreeSet<usize>,
    /// Those of `waiting` that may be taken.
    ready: BTreeSet<usize>,
    /// Those of `waiting` that may be taken from then on.
    leased: BTreeMap<usize, Timestamp>,
    lease_ends: BTreeSet<(Timestamp, usize)>,
    parked: BTreeSet<usize>,
}

impl OutboxTable {
    /// Whether a message with this id was ever written.
    pub(super) fn knows(&self, message: MessageId) -> bool {
        self.by_id.contains_key(&message)
    }

    /// Appends a message of a step.
    pub(super) fn append(&mut self, message: &Message, reservation: ReservationId, step: Version, now: Timestamp) {
        let row = self.rows.len();
        self.by_id.insert(message.id, row);
        self.rows.push(OutboxRecord {
            message: message.clone(),
            reservation,
            step,
            written_at: now,
            failures: 0,
            parked: false,
            delivered_at: None,
        });
        self.waiting.insert(row);
        self.ready.insert(row);
    }

    pub(super) fn records(&self) -> &[OutboxRecord] {
        &self.rows
    }

    fn lease(&mut self, row: usize, until: Timestamp) {
        self.withdraw(row);
        self.leased.insert(row, until);
        self.lease_ends.insert((until, row));
    }

    /// Takes a row out of what may be taken, now or later.
    fn withdraw(&mut self, row: usize) {
        self.ready.remove(&row);
        if let Some(until) = self.leased.remove(&row) {
            self.lease_ends.remove(&(until, row));
        }
    }

    fn end_leases(&mut self, now: Timestamp) {
        while let Some(&(until, row)) = self.lease_ends.first()
            && until <= now
        {
            self.withdraw(row);
            self.ready.insert(row);
        }
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn take(&self, limit: usize, lease: Duration) -> Result<Vec<TakenMessage>, PortError> {
        let (mut state, now) = self.act();
        let outbox = &mut state.outbox;
        outbox.end_leases(now);
        let rows: Vec<usize> = outbox.ready.iter().copied().take(limit).collect();
        let until = later(now, lease);
        for &row in &rows {
            outbox.lease(row, until);
        }
        let taken = rows.into_iter().map(|row| TakenMessage {
            message: outbox.rows[row].message.clone(),
            failures: outbox.rows[row].failures,
        });
        Ok(taken.collect())
    }

    async fn delivered(&self, messages: &[MessageId]) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let outbox = &mut state.outbox;
        for message in messages {
            if let Some(&row) = outbox.by_id.get(message) {
                outbox.withdraw(row);
                outbox.waiting.remove(&row);
                outbox.parked.remove(&row);
                let record = &mut outbox.rows[row];
                record.parked = false;
                record.delivered_at.get_or_insert(now);
            }
        }
        Ok(())
    }

    async fn failed(&self, message: MessageId, retry_after: Option<Duration>) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let outbox = &mut state.outbox;
        let Some(&row) = outbox.by_id.get(&message) else {
            return Ok(());
        };
        let record = &mut outbox.rows[row];
        if record.delivered_at.is_some() || record.parked {
            return Ok(());
        }
        record.failures = record.failures.saturating_add(1);
        match retry_after {
            Some(wait) => outbox.lease(row, later(now, wait)),
            None => {
                record.parked = true;
                outbox.withdraw(row);
                outbox.waiting.remove(&row);
                outbox.parked.insert(row);
            }
        }
        Ok(())
    }

    async fn backlog(&self) -> Result<Backlog, PortError> {
        let (state, now) = self.act();
        let outbox = &state.outbox;
        let oldest = outbox
            .waiting
            .first()
            .map(|&row| since(outbox.rows[row].written_at, now));
        Ok(Backlog {
            count: outbox.waiting.len() as u64,
            oldest: oldest.unwrap_or_default(),
        })
    }

    async fn parked(&self) -> Result<u64, PortError> {
        Ok(self.act().0.outbox.parked.len() as u64)
    }
}
