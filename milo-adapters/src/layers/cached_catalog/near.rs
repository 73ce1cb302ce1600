//! What one process knows by itself: generations that it has just read, answers that it has decoded, and loads that are
//! under way.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use milo_core::ports::PortError;
use tokio::sync::OnceCell;
use tokio::time::Instant;
use uuid::Uuid;

use super::query::Scope;

/// An answer of any kind.
pub(super) type Answer = Arc<dyn Any + Send + Sync>;

/// One load that many readers wait for.
pub(super) type Flight = OnceCell<Result<Answer, Arc<PortError>>>;

/// The generation of a scope; none when the cache cannot be trusted with it.
pub(super) type Generation = Option<Uuid>;

#[derive(Debug, Default)]
pub(super) struct Near {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts the writes of this process.
    writes: u64,
    generations: HashMap<Scope, (Generation, Instant)>,
    answers: HashMap<String, (Answer, Instant)>,
    flights: HashMap<String, Weak<Flight>>,
}

impl Near {
    /// The most generations, and the most decoded answers, that are kept; at the limit all are dropped.
    const KEPT_MAX: usize = 4096;

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many writes this process has finished.
    pub(super) fn writes(&self) -> u64 {
        self.state().writes
    }

    /// The generation of `scope`, if it was read just now.
    pub(super) fn generation(&self, scope: Scope) -> Option<Generation> {
        let (generation, fresh_until) = *self.state().generations.get(&scope)?;
        (Instant::now() < fresh_until).then_some(generation)
    }

    /// Remembers a generation that was read when this process had finished `writes` writes; a later one may have made
    /// it old.
    pub(super) fn learn(&self, scope: Scope, generation: Generation, fresh_until: Instant, writes: u64) {
        let mut state = self.state();
        if state.writes == writes {
            make_room(&mut state.generations);
            state.generations.insert(scope, (generation, fresh_until));
        }
    }

    /// A write to the scopes is finished. Those that the cache did not take note of are not trusted to it until
    /// `distrusted_until`.
    pub(super) fn wrote(&self, scopes: impl IntoIterator<Item = (Scope, bool)>, distrusted_until: Instant) {
        let mut state = self.state();
        state.writes += 1;
        for (scope, noted) in scopes {
            if noted {
                state.generations.remove(&scope);
            } else {
                state.generations.insert(scope, (None, distrusted_until));
            }
        }
    }

    pub(super) fn answer(&self, name: &str) -> Option<Answer> {
        let state = self.state();
        let (answer, until) = state.answers.get(name)?;
        (Instant::now() < *until).then(|| Arc::clone(answer))
    }

    pub(super) fn keep(&self, name: &str, answer: &Answer, ttl: Duration) {
        let mut state = self.state();
        make_room(&mut state.answers);
        state
            .answers
            .insert(name.to_owned(), (Arc::clone(answer), Instant::now() + ttl));
    }

    /// The load of `name` that is under way, or a new one. It ends when nobody waits for it any more.
    pub(super) fn flight(&self, name: &str) -> Arc<Flight> {
        let mut state = self.state();
        if let Some(flight) = state.flights.get(name).and_then(Weak::upgrade) {
            return flight;
        }
        if state.flights.len() >= Self::KEPT_MAX {
            state.flights.retain(|_, flight| flight.strong_count() > 0);
        }
        let flight = Arc::new(Flight::new());
        state.flights.insert(name.to_owned(), Arc::downgrade(&flight));
        flight
    }

    /// A load has ended: whoever comes now begins another.
    pub(super) fn land(&self, name: &str, landed: &Arc<Flight>) {
        let mut state = self.state();
        if state
            .flights
            .get(name)
            .is_some_and(|flight| flight.as_ptr() == Arc::as_ptr(landed))
        {
            state.flights.remove(name);
        }
    }
}

fn make_room<K, V>(kept: &mut HashMap<K, V>) {
    if kept.len() >= Near::KEPT_MAX {
        kept.clear();
    }
}
