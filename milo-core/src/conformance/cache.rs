//! The suite of [`Cache`].

use std::sync::Arc;
use std::time::Duration;

use crate::ports::Cache;

use super::{BRIEF, EngineClock, LONG, Spawn, at_once, samples};

/// An empty cache with room for a few hundred small entries.
pub trait CacheFixture: EngineClock {
    /// The cache under test.
    fn cache(&self) -> Arc<dyn Cache>;
}

fn name() -> String {
    format!("suite:{}", samples::number())
}

async fn put(cache: &dyn Cache, name: &str, bytes: &[u8], ttl: Duration) {
    cache.put(name, Arc::from(bytes), ttl).await.unwrap();
}

async fn get(cache: &dyn Cache, name: &str) -> Option<Vec<u8>> {
    cache.get(name).await.unwrap().map(|bytes| bytes.to_vec())
}

/// Bytes come out as they went in, whatever they are.
pub async fn bytes_are_kept_as_they_are(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let every_byte: Vec<u8> = (0..=255).collect();
    for bytes in [&[][..], &[0][..], &every_byte[..], &vec![7; 100_000][..]] {
        let name = name();
        put(cache, &name, bytes, LONG).await;
        assert_eq!(get(cache, &name).await.as_deref(), Some(bytes));
    }
}

/// What nobody kept is not there.
pub async fn an_unknown_name_has_nothing(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    assert_eq!(get(cache, &name()).await, None);
}

/// A name is the whole name: neither a part of it nor its case is another one's.
pub async fn names_are_not_mixed_up(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let base = name();
    let names = [
        base.clone(),
        format!("{base}:"),
        format!("{base}*"),
        format!("{base} é\n"),
        base.to_uppercase(),
    ];
    for (place, name) in names.iter().enumerate() {
        put(cache, name, &[u8::try_from(place).unwrap()], LONG).await;
    }
    for (place, name) in names.iter().enumerate() {
        assert_eq!(
            get(cache, name).await,
            Some(vec![u8::try_from(place).unwrap()]),
            "{name:?}"
        );
    }
}

/// What is kept lives for its time and no longer.
pub async fn bytes_live_for_their_time(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let (short, long) = (name(), name());
    put(cache, &short, b"short", BRIEF).await;
    put(cache, &long, b"long", LONG).await;
    if fixture.is_manual() {
        fixture.advance(BRIEF - Duration::from_millis(1)).await;
        assert_eq!(get(cache, &short).await.as_deref(), Some(&b"short"[..]));
    }
    fixture.advance(BRIEF).await;
    assert_eq!(get(cache, &short).await, None);
    assert_eq!(get(cache, &long).await.as_deref(), Some(&b"long"[..]));
}

/// The last that was kept counts, with its own lifetime.
pub async fn the_last_bytes_replace_what_was_there(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let (longer, shorter) = (name(), name());
    put(cache, &longer, b"first", BRIEF).await;
    put(cache, &longer, b"second", LONG).await;
    put(cache, &shorter, b"first", LONG).await;
    put(cache, &shorter, b"second", BRIEF).await;
    assert_eq!(get(cache, &longer).await.as_deref(), Some(&b"second"[..]));
    fixture.advance(BRIEF).await;
    assert_eq!(get(cache, &longer).await.as_deref(), Some(&b"second"[..]));
    assert_eq!(get(cache, &shorter).await, None);
}

/// Of many writers at once one is the last, and what it wrote is whole.
pub async fn writers_at_once_leave_one_whole_value(fixture: &impl CacheFixture, spawn: &dyn Spawn) {
    let (cache, name) = (fixture.cache(), name());
    let writes = (0..50_u8).map(|writer| {
        let (cache, name) = (cache.clone(), name.clone());
        async move { put(&*cache, &name, &[writer; 1000], LONG).await }
    });
    at_once(spawn, writes).await;
    let left = get(&*cache, &name).await.unwrap();
    assert_eq!(left.len(), 1000);
    assert!(left.iter().all(|byte| *byte == left[0]));
}

/// Stamps the suite of the cache; takes a future that makes a [`CacheFixture`](cache::CacheFixture).
#[macro_export]
macro_rules! cache_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            cache,
            $fixture,
            cases: [
                bytes_are_kept_as_they_are,
                an_unknown_name_has_nothing,
                names_are_not_mixed_up,
                bytes_live_for_their_time,
                the_last_bytes_replace_what_was_there,
            ],
            at_once: [
                writers_at_once_leave_one_whole_value,
            ],
        );
    };
}
