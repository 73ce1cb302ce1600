//! A map behind many locks instead of one.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Enough that two of a few dozen threads seldom meet; a power of two.
const SHARDS: usize = 64;

pub(super) struct Shards<K, V> {
    maps: Box<[Mutex<HashMap<K, V>>]>,
    hasher: RandomState,
}

impl<K: Hash + Eq, V> Shards<K, V> {
    pub(super) fn new() -> Self {
        Self {
            maps: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Locks the shard of a key. Nothing waits under the lock: every act is a few steps in memory.
    pub(super) fn of(&self, key: &K) -> MutexGuard<'_, HashMap<K, V>> {
        lock(&self.maps[self.hasher.hash_one(key) as usize % SHARDS])
    }

    /// Visits everything, locking one shard at a time.
    pub(super) fn each(&self, mut visit: impl FnMut(&K, &mut V)) {
        for map in &self.maps {
            for (key, value) in lock(map).iter_mut() {
                visit(key, value);
            }
        }
    }
}

/// Also after a panic elsewhere: acts check first and write last, so that what is found is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
