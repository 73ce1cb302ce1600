//! Connections that heal, calls that end, and a server that is left alone while it is down.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use milo_core::ports::PortError;
use redis::{FromRedisValue, from_redis_value};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::errors::{Call, is_unwell};
use super::keys::{Keys, SLOTS, slot};
use super::link::{Link, SelfHealing};
use super::request::Request;
use super::settings::{RedisSettings, RedisSettingsError};
use crate::layers::{Breaker, Change};

const PORT: &str = "redis";

/// The connections to one Redis, a single server or a cluster, that any number of adapters share. Clones are the same
/// connections.
///
/// They are made when they are first needed, so a process starts whether or not Redis is up, and replaced when they
/// break. Every wait ends: for a connection after the connect time-out, for an answer after the response time-out. After
/// some failures in a row nothing is sent for a moment and calls fail at once, as transient; then a single call probes. In
/// a cluster that is so for each range of slots, because its nodes go down one by one.
#[derive(Clone)]
pub struct RedisConnections(Arc<Shared>);

struct Shared {
    pool: bb8::Pool<SelfHealing>,
    failures: Arc<Notify>,
    /// One for a single server; for a cluster one a range of slots, so that a node that is down takes nobody along.
    breakers: Vec<Breaker>,
    keys: Keys,
    is_cluster: bool,
    /// One more than there are connections: if all were broken, this many looks find a new one.
    looks_max: u32,
}

/// How many ranges of slots of a cluster are judged each by itself.
const RANGES: u16 = 64;

impl RedisConnections {
    /// Connections to the Redis of the settings; none is made yet.
    ///
    /// # Errors
    /// See [`RedisSettingsError`].
    pub fn new(settings: &RedisSettings) -> Result<Self, RedisSettingsError> {
        let manager = SelfHealing::new(settings)?;
        let (is_cluster, failures) = (manager.is_cluster(), manager.failures());
        // Connections are shared and told apart by whether they are broken; age and idleness mean nothing, and testing
        // each before its use would double the round trips.
        let pool = bb8::Pool::builder()
            .max_size(settings.connections.get())
            .connection_timeout(settings.connect_timeout)
            .test_on_check_out(false)
            // A server that refuses is told of at once; the next call tries again.
            .retry_connection(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .build_unchecked(manager);
        Ok(Self(Arc::new(Shared {
            pool,
            failures,
            breakers: (0..if is_cluster { RANGES } else { 1 })
                .map(|_| Breaker::new(settings.breaker))
                .collect(),
            keys: Keys::new(&settings.key_prefix),
            is_cluster,
            looks_max: settings.connections.get().saturating_add(1),
        })))
    }

    /// Asks Redis for a sign of life, whatever became of the last calls; of a cluster, every primary.
    ///
    /// # Errors
    /// Transient if there is none.
    pub async fn ping(&self) -> Result<(), PortError> {
        let call = Call::read(PORT);
        let mut link = self.link().await.ok_or_else(|| call.unreachable())?;
        let answer = redis::cmd("PING").exec_async(&mut link.wire).await;
        answer.map_err(|error| {
            link.learn(&error);
            call.failed(error, self.is_cluster())
        })
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Whether keys of different slots may lie on different servers.
    pub(super) fn is_cluster(&self) -> bool {
        self.0.is_cluster
    }

    /// Sends a request, unless those before it were not answered.
    pub(super) async fn ask<T: FromRedisValue>(&self, call: Call, request: &impl Request) -> Result<T, PortError> {
        let breaker = self.breaker_of(request.key());
        let pass = breaker.pass(Instant::now()).ok_or_else(|| call.spared())?;
        let Some(mut link) = self.link().await else {
            report(pass.failed(Instant::now()));
            return Err(call.unreachable());
        };
        let error = match request.send(&mut link.wire).await {
            Ok(value) => {
                report(pass.succeeded());
                return from_redis_value(value).map_err(|_| call.misunderstood());
            }
            Err(error) => error,
        };
        link.learn(&error);
        let failed = call.failed(error, self.is_cluster());
        report(if is_unwell(&failed) {
            pass.failed(Instant::now())
        } else {
            pass.succeeded()
        });
        Err(failed)
    }

    fn breaker_of(&self, key: &str) -> &Breaker {
        let breakers = &self.0.breakers;
        let range = usize::from(slot(key)) * breakers.len() / usize::from(SLOTS);
        &breakers[range]
    }

    /// A connection that is not known to be broken. The pool's guard is let go before anybody waits for an answer, so that
    /// callers share connections instead of queueing for them.
    async fn link(&self) -> Option<Link> {
        for _ in 0..self.0.looks_max {
            let mut failed = pin!(self.0.failures.notified());
            // From here on: a failure that comes before the first wait below is not missed.
            failed.as_mut().enable();
            let link = tokio::select! {
                biased;
                link = self.0.pool.get() => link.ok()?.clone(),
                () = failed => return None,
            };
            if !link.is_broken() {
                return Some(link);
            }
        }
        None
    }
}

fn report(change: Change) {
    match change {
        Change::Opened => tracing::warn!("Redis does not answer; calls fail at once until it does"),
        Change::Closed => tracing::info!("Redis answers again"),
        Change::None => {}
    }
}

impl fmt::Debug for RedisConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConnections")
            .field("is_cluster", &self.0.is_cluster)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &[&str] = &["redis://127.0.0.1:1"];
    const CLUSTER: &[&str] = &["redis://127.0.0.1:1", "redis://127.0.0.1:2"];

    fn connections(urls: &[&str]) -> RedisConnections {
        RedisConnections::new(&RedisSettings::at(urls.iter().copied())).unwrap()
    }

    /// Fails until the breaker of `key` is open.
    fn open(connections: &RedisConnections, key: &str) {
        let now = Instant::now();
        while let Some(pass) = connections.breaker_of(key).pass(now) {
            pass.failed(now);
        }
    }

    #[test]
    fn a_single_server_is_left_alone_as_a_whole() {
        let server = connections(NODE);
        open(&server, "{a}:seats");
        assert!(server.breaker_of("{b}:seats").pass(Instant::now()).is_none());
    }

    #[test]
    fn a_node_of_a_cluster_that_is_down_takes_nobody_along() {
        let cluster = connections(CLUSTER);
        open(&cluster, "{a}:seats");
        assert!(
            cluster.breaker_of("{a}:holds").pass(Instant::now()).is_none(),
            "the same slot"
        );
        assert!(cluster.breaker_of("{b}:seats").pass(Instant::now()).is_some());
    }

    #[test]
    fn every_slot_belongs_to_a_breaker() {
        for connections in [connections(NODE), connections(CLUSTER)] {
            for number in 0..50_000 {
                let _pass = connections.breaker_of(&number.to_string()).pass(Instant::now());
            }
        }
    }

    #[test]
    fn settings_that_cannot_be_used_are_refused() {
        let refused = |urls: &[&str]| RedisConnections::new(&RedisSettings::at(urls.iter().copied())).map(drop);
        assert_eq!(refused(&[]), Err(RedisSettingsError::NoUrl));
        assert_eq!(refused(&["http://a"]), Err(RedisSettingsError::Url));
        assert_eq!(refused(&["redis://a", "rediss://b"]), Err(RedisSettingsError::Seeds));
        assert_eq!(
            refused(&["redis://:one@a", "redis://:other@b"]),
            Err(RedisSettingsError::Seeds)
        );
        assert_eq!(refused(&["rediss+cluster://a"]), Ok(()));
    }
}
