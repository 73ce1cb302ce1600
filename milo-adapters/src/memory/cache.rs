use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lru::LruCache;
use milo_core::ports::{Cache, Clock, PortError};

use super::clock::later;
use super::lock;

/// A cache in memory: bounded in entries and in bytes; what was not asked for the longest makes room.
pub struct MemoryCache {
    clock: Arc<dyn Clock>,
    bytes_max: usize,
    state: Mutex<State>,
}

struct State {
    entries: LruCache<String, Entry>,
    /// Names and bytes of `entries`.
    bytes: usize,
}

struct Entry {
    bytes: Arc<[u8]>,
    expires_at: Timestamp,
}

impl MemoryCache {
    /// The most entries when nobody says.
    pub const ENTRIES_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
    /// The most bytes of names and entries when nobody says: 64 MiB.
    pub const BYTES_MAX: usize = 64 << 20;

    /// An empty cache of the default size.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::bounded(clock, Self::ENTRIES_MAX, Self::BYTES_MAX)
    }

    /// An empty cache of at most `entries_max` entries and `bytes_max` bytes.
    pub fn bounded(clock: Arc<dyn Clock>, entries_max: NonZeroUsize, bytes_max: usize) -> Self {
        Self {
            clock,
            bytes_max,
            state: Mutex::new(State {
                entries: LruCache::new(entries_max),
                bytes: 0,
            }),
        }
    }

    fn act(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = lock(&self.state);
        let now = self.clock.now();
        (state, now)
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}

impl State {
    fn evict(&mut self, name: &str) {
        if let Some(gone) = self.entries.pop(name) {
            self.bytes -= name.len() + gone.bytes.len();
        }
    }

    fn put(&mut self, name: &str, entry: Entry, bytes_max: usize) {
        self.evict(name);
        let size = name.len() + entry.bytes.len();
        if size > bytes_max {
            return;
        }
        self.bytes += size;
        if let Some((pushed_out, gone)) = self.entries.push(name.to_owned(), entry) {
            self.bytes -= pushed_out.len() + gone.bytes.len();
        }
        while self.bytes > bytes_max
            && let Some((oldest, gone)) = self.entries.pop_lru()
        {
            self.bytes -= oldest.len() + gone.bytes.len();
        }
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, name: &str) -> Result<Option<Arc<[u8]>>, PortError> {
        let (mut state, now) = self.act();
        match state.entries.get(name) {
            Some(entry) if now < entry.expires_at => return Ok(Some(entry.bytes.clone())),
            Some(_) => state.evict(name),
            None => {}
        }
        Ok(None)
    }

    async fn put(&self, name: &str, bytes: Arc<[u8]>, ttl: Duration) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let expires_at = later(now, ttl);
        state.put(name, Entry { bytes, expires_at }, self.bytes_max);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::ManualClock;

    const LONG: Duration = Duration::from_mins(10);

    fn cache(entries_max: usize, bytes_max: usize) -> MemoryCache {
        let entries_max = NonZeroUsize::new(entries_max).unwrap();
        MemoryCache::bounded(Arc::new(ManualClock::default()), entries_max, bytes_max)
    }

    async fn put(cache: &MemoryCache, name: &str, size: usize) {
        cache.put(name, vec![7; size].into(), LONG).await.unwrap();
    }

    async fn has(cache: &MemoryCache, name: &str) -> bool {
        cache.get(name).await.unwrap().is_some()
    }

    #[tokio::test]
    async fn the_entry_nobody_asked_for_makes_room() {
        let cache = cache(2, 1_000);
        put(&cache, "a", 1).await;
        put(&cache, "b", 1).await;
        assert!(has(&cache, "a").await);
        put(&cache, "c", 1).await;
        assert!(has(&cache, "a").await && has(&cache, "c").await);
        assert!(!has(&cache, "b").await);
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let cache = cache(100, 100);
        for name in ["a", "b", "c"] {
            put(&cache, name, 49).await;
        }
        assert!(!has(&cache, "a").await);
        assert!(has(&cache, "b").await && has(&cache, "c").await);
        put(&cache, "b", 100).await;
        assert!(
            !has(&cache, "b").await,
            "what is larger than the cache is not kept, and what it replaces is gone"
        );
        assert!(has(&cache, "c").await);
    }

    #[tokio::test]
    async fn replacing_gives_its_bytes_back() {
        let cache = cache(3, 100);
        for _ in 0..50 {
            put(&cache, "a", 40).await;
            put(&cache, "b", 40).await;
        }
        assert!(has(&cache, "a").await);
        assert_eq!(lock(&cache.state).bytes, 82);
    }
}
