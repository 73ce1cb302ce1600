use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{Fingerprint, IdempotencyKey, KeyedRequest, UserId};
use milo_core::ports::{IdempotencyKeys, KeyState, PortError, StoredAnswer};
use uuid::Uuid;

use super::MemoryStore;
use crate::memory::clock::later;

/// How long a claim is remembered whose request never ended: as long as the key of one that did, at the least.
const ABANDONED_KEPT: Duration = Duration::from_hours(24);

type Name = (UserId, IdempotencyKey);

/// Keys of requests, by their users.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct KeyTable {
    rows: BTreeMap<Name, KeyRow>,
    by_end: BTreeSet<(Timestamp, Name)>,
}

#[derive(Clone, Debug, PartialEq)]
struct KeyRow {
    fingerprint: Fingerprint,
    ticket: Uuid,
    claimed_until: Timestamp,
    answer: Option<StoredAnswer>,
    ends_at: Timestamp,
}

impl KeyTable {
    fn put(&mut self, name: Name, row: KeyRow) {
        self.remove(&name);
        self.by_end.insert((row.ends_at, name.clone()));
        self.rows.insert(name, row);
    }

    fn remove(&mut self, name: &Name) -> Option<KeyRow> {
        let row = self.rows.remove(name)?;
        self.by_end.remove(&(row.ends_at, name.clone()));
        Some(row)
    }

    /// The row that `ticket` claims and nobody has answered.
    fn remove_claimed(&mut self, name: &Name, ticket: Uuid) -> Option<KeyRow> {
        let claimed = |row: &&KeyRow| row.ticket == ticket && row.answer.is_none();
        self.rows.get(name).filter(claimed)?;
        self.remove(name)
    }

    fn purge(&mut self, limit: usize, now: Timestamp) -> usize {
        let over: Vec<Name> = self
            .by_end
            .iter()
            .take_while(|(end, _)| *end <= now)
            .take(limit)
            .map(|(_, name)| name.clone())
            .collect();
        for name in &over {
            self.remove(name);
        }
        over.len()
    }
}

#[async_trait]
impl IdempotencyKeys for MemoryStore {
    async fn claim(
        &self,
        user: UserId,
        request: &KeyedRequest,
        ticket: Uuid,
        lease: Duration,
    ) -> Result<KeyState, PortError> {
        let (mut state, now) = self.act();
        let name = (user, request.key.clone());
        if let Some(row) = state.keys.rows.get(&name).filter(|row| now < row.ends_at) {
            if row.fingerprint != request.fingerprint {
                return Ok(KeyState::Reused);
            }
            if let Some(answer) = &row.answer {
                return Ok(KeyState::Answered(answer.clone()));
            }
            if row.ticket != ticket && now < row.claimed_until {
                return Ok(KeyState::InUse);
            }
        }
        let claimed_until = later(now, lease);
        let row = KeyRow {
            fingerprint: request.fingerprint,
            ticket,
            claimed_until,
            answer: None,
            ends_at: later(claimed_until, ABANDONED_KEPT),
        };
        state.keys.put(name, row);
        Ok(KeyState::Claimed(ticket))
    }

    async fn finish(
        &self,
        user: UserId,
        key: &IdempotencyKey,
        ticket: Uuid,
        answer: &StoredAnswer,
        keep: Duration,
    ) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let name = (user, key.clone());
        if let Some(mut row) = state.keys.remove_claimed(&name, ticket) {
            row.answer = Some(answer.clone());
            row.ends_at = later(now, keep);
            state.keys.put(name, row);
        }
        Ok(())
    }

    async fn abandon(&self, user: UserId, key: &IdempotencyKey, ticket: Uuid) -> Result<(), PortError> {
        self.act().0.keys.remove_claimed(&(user, key.clone()), ticket);
        Ok(())
    }

    async fn purge(&self, limit: usize) -> Result<usize, PortError> {
        let (mut state, now) = self.act();
        let purged = state.keys.purge(limit, now);
        Ok(purged + state.bookings.purge_keys(limit - purged, now))
    }
}
