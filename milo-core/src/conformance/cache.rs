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
    assert_eq!(cache.number(&name()).await.unwrap(), 0);
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
    cache.evict(&names[2..3]).await.unwrap();
    assert_eq!(get(cache, &names[1]).await, Some(vec![1]), "an asterisk is only a sign");
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

/// What is evicted is gone, at once and nothing else.
pub async fn evicted_names_are_forgotten(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let names: Vec<String> = (0..3).map(|_| name()).collect();
    for name in &names {
        put(cache, name, b"bytes", LONG).await;
    }
    let number = name();
    cache.raise(&number, LONG).await.unwrap();
    cache
        .evict(&[names[0].clone(), name(), names[1].clone(), number.clone()])
        .await
        .unwrap();
    cache.evict(&names[..1]).await.expect("repeating is harmless");
    cache.evict(&[]).await.unwrap();
    assert_eq!((get(cache, &names[0]).await, get(cache, &names[1]).await), (None, None));
    assert_eq!(get(cache, &names[2]).await.as_deref(), Some(&b"bytes"[..]));
    assert_eq!(cache.number(&number).await.unwrap(), 0);
    assert_eq!(cache.raise(&number, LONG).await.unwrap(), 1, "counting begins again");
}

/// Counting begins at one, and each name counts by itself.
pub async fn numbers_are_raised_by_one(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let (first, second) = (name(), name());
    for expected in 1..=3 {
        assert_eq!(cache.raise(&first, LONG).await.unwrap(), expected);
        assert_eq!(cache.number(&first).await.unwrap(), expected);
    }
    assert_eq!(cache.number(&second).await.unwrap(), 0);
    assert_eq!(cache.raise(&second, LONG).await.unwrap(), 1);
}

/// A number lives from its last raise.
pub async fn a_raise_renews_a_numbers_life(fixture: &impl CacheFixture) {
    let cache = &*fixture.cache();
    let (renewed, left) = (name(), name());
    cache.raise(&renewed, BRIEF).await.unwrap();
    cache.raise(&left, BRIEF).await.unwrap();
    fixture.advance(BRIEF / 2).await;
    assert_eq!(cache.raise(&renewed, 2 * BRIEF).await.unwrap(), 2);
    fixture.advance(BRIEF / 2).await;
    assert_eq!(cache.number(&renewed).await.unwrap(), 2);
    assert_eq!(cache.number(&left).await.unwrap(), 0);
    assert_eq!(cache.raise(&left, BRIEF).await.unwrap(), 1, "counting begins again");
}

/// Many raises at once: every number is given once, none is left out.
pub async fn raises_at_once_give_every_number_once(fixture: &impl CacheFixture, spawn: &dyn Spawn) {
    let (cache, name) = (fixture.cache(), name());
    let raises = (0..50).map(|_| {
        let (cache, name) = (cache.clone(), name.clone());
        async move { cache.raise(&name, LONG).await.unwrap() }
    });
    let mut numbers = at_once(spawn, raises).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<u64>>());
    assert_eq!(cache.number(&name).await.unwrap(), 50);
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
                evicted_names_are_forgotten,
                numbers_are_raised_by_one,
                a_raise_renews_a_numbers_life,
            ],
            at_once: [
                raises_at_once_give_every_number_once,
            ],
        );
    };
}
