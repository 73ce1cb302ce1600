//! Which showtime a hold belongs to, as far as this process has seen.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use milo_core::domain::{HoldId, ShowtimeId};

/// The showtimes of the holds that were used last. In a cluster it saves a call: a hold's id does not say where its
/// showtime lies.
pub(super) struct Near(Mutex<LruCache<HoldId, ShowtimeId>>);

impl Near {
    /// The most holds whose showtimes are kept: those of the last few minutes, and a few megabytes at most.
    const HOLDS_MAX: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();

    pub(super) fn showtime(&self, hold: HoldId) -> Option<ShowtimeId> {
        self.holds().get(&hold).copied()
    }

    pub(super) fn learn(&self, hold: HoldId, showtime: ShowtimeId) {
        self.holds().put(hold, showtime);
    }

    pub(super) fn forget(&self, hold: HoldId) {
        self.holds().pop(&hold);
    }

    fn holds(&self) -> MutexGuard<'_, LruCache<HoldId, ShowtimeId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Near {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(Self::HOLDS_MAX)))
    }
}

impl fmt::Debug for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Near").finish_non_exhaustive()
    }
}
