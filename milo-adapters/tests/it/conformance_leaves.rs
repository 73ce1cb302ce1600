//! The adapters that keep no booking pass what every adapter must pass: cache, limiter, queue, gateway, hasher, signer,
//! clock and ids.

use std::sync::Arc;

use async_trait::async_trait;
use milo_adapters::auth::{Argon2Hasher, Argon2Params, JwtSigner, SigningKey};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{ManualClock, MemoryCache, MemoryPaymentQueue, MemoryRateLimiter, SeededIds};
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::conformance::cache::CacheFixture;
use milo_core::conformance::clock::ClockFixture;
use milo_core::conformance::id_source::IdSourceFixture;
use milo_core::conformance::password_hasher::PasswordHasherFixture;
use milo_core::conformance::payment_gateway::PaymentGatewayFixture;
use milo_core::conformance::payment_queue::PaymentQueueFixture;
use milo_core::conformance::rate_limiter::RateLimiterFixture;
use milo_core::conformance::token_signer::TokenSignerFixture;
use milo_core::domain::{Password, PasswordHash, PaymentId};
use milo_core::ports::{
    Cache, Clock, IdSource, PasswordHasher, PaymentGateway, PaymentQueue, RateLimiter, TokenSigner,
};

use crate::engine::{Engine, Inspected};

impl Inspected for MemoryCache {}
impl Inspected for MemoryRateLimiter {}
impl Inspected for MemoryPaymentQueue {}
impl Inspected for Issuers {}

impl CacheFixture for Engine<MemoryCache> {
    fn cache(&self) -> Arc<dyn Cache> {
        self.adapter.clone()
    }
}

impl RateLimiterFixture for Engine<MemoryRateLimiter> {
    fn limiter(&self) -> Arc<dyn RateLimiter> {
        self.adapter.clone()
    }
}

#[async_trait]
impl PaymentQueueFixture for Engine<MemoryPaymentQueue> {
    fn queue(&self) -> Arc<dyn PaymentQueue> {
        self.adapter.clone()
    }

    fn deliveries_max(&self) -> u32 {
        MemoryPaymentQueue::DELIVERIES_MAX
    }

    async fn lose_receivers(&self) {
        self.clock.advance(MemoryPaymentQueue::VISIBILITY);
    }
}

/// The key and the names that a signer speaks under.
struct Issuers {
    ours: SigningKey,
    theirs: SigningKey,
}

impl Engine<Issuers> {
    async fn issuers() -> Self {
        Self::new(|_| Issuers {
            ours: SigningKey::generate().unwrap(),
            theirs: SigningKey::generate().unwrap(),
        })
        .await
    }

    fn issuer(&self, key: &SigningKey, issuer: &str, audience: &str) -> Arc<dyn TokenSigner> {
        let clock = Arc::new(self.clock.clone());
        Arc::new(JwtSigner::new(std::slice::from_ref(key), issuer, audience, clock).unwrap())
    }
}

impl TokenSignerFixture for Engine<Issuers> {
    fn signer(&self) -> Arc<dyn TokenSigner> {
        self.issuer(&self.adapter.ours, "milo", "milo-api")
    }

    fn with_another_key(&self) -> Arc<dyn TokenSigner> {
        self.issuer(&self.adapter.theirs, "milo", "milo-api")
    }

    fn with_another_issuer(&self) -> Arc<dyn TokenSigner> {
        self.issuer(&self.adapter.ours, "another", "milo-api")
    }

    fn with_another_audience(&self) -> Arc<dyn TokenSigner> {
        self.issuer(&self.adapter.ours, "milo", "another")
    }
}

struct Gateway(Arc<SimulatedGateway>);

impl Gateway {
    async fn new() -> Self {
        Self(Arc::new(SimulatedGateway::new()))
    }
}

#[async_trait]
impl PaymentGatewayFixture for Gateway {
    fn gateway(&self) -> Arc<dyn PaymentGateway> {
        self.0.clone()
    }

    async fn effects(&self, key: &str) -> usize {
        self.0.effects(key)
    }

    async fn balance(&self, payment: PaymentId) -> i64 {
        self.0.balance(payment)
    }
}

struct Hasher(Arc<Argon2Hasher>);

impl Hasher {
    /// Cheap parameters: the suite is about what is promised, not about what it costs.
    async fn new() -> Self {
        let params = Argon2Params {
            memory_kib: 64,
            passes: 2,
            lanes: 1,
        };
        Self(Arc::new(Argon2Hasher::new(params).unwrap()))
    }
}

impl PasswordHasherFixture for Hasher {
    fn hasher(&self) -> Arc<dyn PasswordHasher> {
        self.0.clone()
    }

    fn weak_hash(&self, password: &Password) -> PasswordHash {
        use argon2::PasswordHasher as _;
        let params = argon2::Params::new(16, 1, 1, None).unwrap();
        let weak = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let hash = weak.hash_password(password.expose().as_bytes()).unwrap();
        PasswordHash::new(hash.to_string())
    }
}

struct TimeSource(Arc<dyn Clock>);

impl ClockFixture for TimeSource {
    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clone()
    }
}

struct Ids(Arc<dyn IdSource>);

impl IdSourceFixture for Ids {
    fn ids(&self) -> Arc<dyn IdSource> {
        self.0.clone()
    }
}

mod cache {
    use super::{Engine, MemoryCache};
    milo_core::cache_conformance!(Engine::new(MemoryCache::new));
}

mod rate_limiter {
    use super::{Engine, MemoryRateLimiter};
    milo_core::rate_limiter_conformance!(Engine::new(MemoryRateLimiter::new));
}

mod payment_queue {
    use super::{Engine, MemoryPaymentQueue};
    milo_core::payment_queue_conformance!(Engine::new(MemoryPaymentQueue::new));
}

mod payment_gateway {
    use super::Gateway;
    milo_core::payment_gateway_conformance!(Gateway::new());
}

mod password_hasher {
    use super::Hasher;
    milo_core::password_hasher_conformance!(Hasher::new());
}

mod token_signer {
    use super::Engine;
    milo_core::token_signer_conformance!(Engine::issuers());
}

mod system_clock {
    use std::sync::Arc;

    use super::{SystemClock, TimeSource};
    milo_core::clock_conformance!(async { TimeSource(Arc::new(SystemClock)) });
}

mod manual_clock {
    use std::sync::Arc;

    use super::{ManualClock, TimeSource};
    milo_core::clock_conformance!(async { TimeSource(Arc::new(ManualClock::default())) });
}

mod system_ids {
    use std::sync::Arc;

    use super::{Ids, SystemIds};
    milo_core::id_source_conformance!(async { Ids(Arc::new(SystemIds)) });
}

mod seeded_ids {
    use std::sync::Arc;

    use super::{Ids, SeededIds};
    milo_core::id_source_conformance!(async { Ids(Arc::new(SeededIds::new(7))) });
}
