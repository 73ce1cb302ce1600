use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{Session, SessionId, TokenHash, UserId};
use milo_core::ports::{PortError, RotateError, Sessions};

use super::MemoryStore;

/// Live sessions, and every token that each of them ever had.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SessionTables {
    rows: BTreeMap<SessionId, (Session, Vec<TokenHash>)>,
    tokens: BTreeMap<TokenHash, SessionId>,
    by_end: BTreeSet<(Timestamp, SessionId)>,
}

impl SessionTables {
    /// The most sessions that one call clears away whose time is over.
    const CLEARED_MAX: usize = 16;

    fn end(&mut self, session: SessionId) {
        if let Some((row, tokens)) = self.rows.remove(&session) {
            self.by_end.remove(&(row.expires_at, session));
            for token in tokens {
                self.tokens.remove(&token);
            }
        }
    }

    fn clear_ended(&mut self, now: Timestamp) {
        for _ in 0..Self::CLEARED_MAX {
            match self.by_end.first() {
                Some(&(end, session)) if end <= now => self.end(session),
                _ => return,
            }
        }
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn open(&self, session: &Session) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let sessions = &mut state.sessions;
        sessions.clear_ended(now);
        if let Some((known, tokens)) = sessions.rows.get(&session.id) {
            // A repeat finds what its first try made, even if the token was renewed since.
            return if known.user == session.user && tokens.first() == Some(&session.current) {
                Ok(())
            } else {
                Err(PortError::refused("sessions", "another session has the id"))
            };
        }
        if sessions.tokens.contains_key(&session.current) {
            return Err(PortError::refused("sessions", "another session has the token"));
        }
        sessions.tokens.insert(session.current, session.id);
        sessions.by_end.insert((session.expires_at, session.id));
        sessions
            .rows
            .insert(session.id, (session.clone(), vec![session.current]));
        Ok(())
    }

    async fn rotate(&self, presented: &TokenHash, next: &TokenHash) -> Result<Session, RotateError> {
        let (mut state, now) = self.act();
        let sessions = &mut state.sessions;
        let session = *sessions.tokens.get(presented).ok_or(RotateError::Unknown)?;
        let next_is_known = sessions.tokens.contains_key(next);
        let Some((row, tokens)) = sessions.rows.get_mut(&session).filter(|(row, _)| now < row.expires_at) else {
            sessions.end(session);
            return Err(RotateError::Unknown);
        };
        let user = row.user;
        if row.current != *presented {
            sessions.end(session);
            return Err(RotateError::Reused { session, user });
        }
        if next_is_known {
            return Err(PortError::refused("sessions", "the next token was used before").into());
        }
        row.current = *next;
        tokens.push(*next);
        let renewed = row.clone();
        sessions.tokens.insert(*next, session);
        Ok(renewed)
    }

    async fn end(&self, user: UserId, presented: &TokenHash) -> Result<(), PortError> {
        let (mut state, _) = self.act();
        let sessions = &mut state.sessions;
        if let Some(&session) = sessions.tokens.get(presented)
            && sessions.rows.get(&session).is_some_and(|(row, _)| row.user == user)
        {
            sessions.end(session);
        }
        Ok(())
    }
}
