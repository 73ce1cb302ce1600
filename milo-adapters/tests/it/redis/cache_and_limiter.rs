//! Names are only names, whatever is in them.

use std::num::NonZeroU32;

use milo_adapters::redis::{RedisCache, RedisRateLimiter};
use milo_core::conformance::LONG;
use milo_core::ports::{Cache, RateDecision, RateLimit, RateLimiter};

use super::engine::RedisEngine;

const ODD_NAMES: [&str; 10] = [
    "{}",
    "{a}",
    "a}:seats{",
    "*",
    "a*",
    "a:b",
    "a\nb",
    "a\r\nDEL x\r\n",
    "%7b%7d",
    "é \0",
];

async fn odd_names_are_only_names(engine: RedisEngine) {
    let cache = RedisCache::new(engine.connections.clone());
    let limiter = RedisRateLimiter::new(engine.connections.clone());
    let once = RateLimit {
        burst: NonZeroU32::MIN,
        window: LONG,
    };
    for name in ODD_NAMES {
        cache.put(name, name.as_bytes().into(), LONG).await.unwrap();
        assert_eq!(
            limiter.take(name, once).await.unwrap(),
            RateDecision::Allowed,
            "{name:?}"
        );
    }
    for name in ODD_NAMES {
        let found = cache.get(name).await.unwrap().unwrap();
        assert_eq!(&*found, name.as_bytes());
        assert_ne!(
            limiter.take(name, once).await.unwrap(),
            RateDecision::Allowed,
            "{name:?}"
        );
    }
    let keys = engine.keys().await;
    let prefix = &engine.settings.key_prefix;
    let kinds = [format!("{prefix}cache:"), format!("{prefix}rate:")];
    for kind in kinds {
        let of_kind = keys.iter().filter(|key| key.starts_with(&kind));
        assert_eq!(of_kind.count(), ODD_NAMES.len(), "{keys:?}");
    }
    assert_eq!(keys.len(), 2 * ODD_NAMES.len());
    assert!(keys.iter().all(|key| !key.contains(['{', '*', '\n', ' '])), "{keys:?}");
}

#[tokio::test]
async fn odd_names_are_only_names_on_a_single_server() {
    odd_names_are_only_names(RedisEngine::node().await).await;
}

#[tokio::test]
async fn odd_names_are_only_names_on_a_cluster() {
    odd_names_are_only_names(RedisEngine::cluster().await).await;
}

#[tokio::test]
async fn what_is_too_large_is_not_kept_and_what_it_replaces_is_gone() {
    let engine = RedisEngine::node().await;
    let cache = RedisCache::new(engine.connections.clone());
    cache.put("a", b"small".as_slice().into(), LONG).await.unwrap();
    cache
        .put("a", vec![7; RedisCache::BYTES_MAX + 1].into(), LONG)
        .await
        .unwrap();
    assert_eq!(cache.get("a").await.unwrap(), None);
}
