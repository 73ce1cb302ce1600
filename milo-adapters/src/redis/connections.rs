//! Connections that heal, calls that end, and a server that is left alone while it is down.

use std::fmt;
use std::sync::Arc;

use milo_core::ports::PortError;
use redis::{Cmd, FromRedisValue, RedisResult, Value, from_redis_value};
use tokio::time::Instant;

use super::errors::{Call, is_unwell};
use super::keys::Keys;
use super::link::{Link, SelfHealing};
use super::script::ScriptCall;
use super::settings::{RedisSettings, RedisSettingsError};
use crate::layers::{Breaker, Change, Pass};

const PORT: &str = "redis";

/// The connections to one Redis, a single server or a cluster, that any number of adapters share. Clones are the same
/// connections.
///
/// They are made when they are first needed, so a process starts whether or not Redis is up, and replaced when they
/// break. Every wait ends: for a connection after the connect time-out, for an answer after the response time-out. After
/// some failures in a row nothing is sent for a moment and calls fail at once, as transient; then a single call probes.
#[derive(Clone)]
pub struct RedisConnections(Arc<Shared>);

struct Shared {
    pool: bb8::Pool<SelfHealing>,
    breaker: Breaker,
    keys: Keys,
    is_cluster: bool,
    /// One more than there are connections: if all were broken, this many looks find a new one.
    looks_max: u32,
}

impl RedisConnections {
    /// Connections to the Redis of the settings; none is made yet.
    ///
    /// # Errors
    /// See [`RedisSettingsError`].
    pub fn new(settings: &RedisSettings) -> Result<Self, RedisSettingsError> {
        let manager = SelfHealing::new(settings)?;
        let is_cluster = manager.is_cluster();
        // Connections are shared and told apart by whether they are broken; age and idleness mean nothing, and testing
        // each before its use would double the round trips.
        let pool = bb8::Pool::builder()
            .max_size(settings.connections.get())
            .connection_timeout(settings.connect_timeout)
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .build_unchecked(manager);
        Ok(Self(Arc::new(Shared {
            pool,
            breaker: Breaker::new(settings.breaker),
            keys: Keys::new(&settings.key_prefix),
            is_cluster,
            looks_max: settings.connections.get().saturating_add(1),
        })))
    }

    /// Asks Redis for a sign of life; of a cluster, every primary.
    ///
    /// # Errors
    /// Transient if there is none.
    pub async fn ping(&self) -> Result<(), PortError> {
        self.ask(Call::read(PORT), &redis::cmd("PING")).await
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Whether keys of different slots may lie on different servers.
    pub(super) fn is_cluster(&self) -> bool {
        self.0.is_cluster
    }

    /// Sends a command.
    pub(super) async fn ask<T: FromRedisValue>(&self, call: Call, command: &Cmd) -> Result<T, PortError> {
        let (pass, mut link) = self.begin(call).await?;
        let answer = command.query_async(&mut link.wire).await;
        self.end(call, pass, &link, answer)
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, call: Call, script: &ScriptCall<'_>) -> Result<T, PortError> {
        let (pass, mut link) = self.begin(call).await?;
        let answer = script.run(&mut link.wire).await;
        self.end(call, pass, &link, answer)
    }

    async fn begin(&self, call: Call) -> Result<(Pass<'_>, Link), PortError> {
        let pass = self.0.breaker.pass(Instant::now()).ok_or_else(|| call.spared())?;
        match self.link().await {
            Some(link) => Ok((pass, link)),
            None => {
                report(pass.failed(Instant::now()));
                Err(call.unreachable())
            }
        }
    }

    /// A connection that is not known to be broken. The pool's guard is let go before anybody waits for an answer, so that
    /// callers share connections instead of queueing for them.
    async fn link(&self) -> Option<Link> {
        for _ in 0..self.0.looks_max {
            let link = self.0.pool.get().await.ok()?.clone();
            if !link.is_broken() {
                return Some(link);
            }
        }
        None
    }

    fn end<T: FromRedisValue>(
        &self,
        call: Call,
        pass: Pass<'_>,
        link: &Link,
        answer: RedisResult<Value>,
    ) -> Result<T, PortError> {
        let failed = match answer {
            Ok(value) => {
                report(pass.succeeded());
                return from_redis_value(value).map_err(|_| call.misunderstood());
            }
            Err(error) => {
                link.learn(&error);
                call.failed(error)
            }
        };
        report(if is_unwell(&failed) {
            pass.failed(Instant::now())
        } else {
            pass.succeeded()
        });
        Err(failed)
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
