//! One connection, which any number of callers share, and how connections are made and replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, IntoConnectionInfo, Pipeline, ProtocolVersion, PushInfo,
    PushKind, RedisError, RedisFuture, Value,
};

use tokio::sync::Notify;

use super::errors::breaks_connection;
use super::settings::{RedisSettings, RedisSettingsError};

/// How many commands of one connection wait to be written before callers wait.
const QUEUE: usize = 1_024;
/// How often a cluster's client follows a key that moved, or tries a node again, within the response time-out.
const CLUSTER_RETRIES: u32 = 3;
/// The shortest and the longest wait before it does, ms.
const CLUSTER_WAIT_MS: (u64, u64) = (5, 50);
/// After this long without a sign of life from the other side, the operating system ends a connection.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// A connection to a server, or connections to all nodes of a cluster.
#[derive(Clone)]
pub(super) enum Wire {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Wire {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Node(wire) => wire.req_packed_command(command),
            Self::Cluster(wire) => wire.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Node(wire) => wire.req_packed_commands(commands, offset, count),
            Self::Cluster(wire) => wire.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Node(wire) => wire.get_db(),
            Self::Cluster(wire) => wire.get_db(),
        }
    }
}

/// A connection and whether it is known to be of no use any more. Clones share both.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) wire: Wire,
    is_broken: Arc<AtomicBool>,
}

impl Link {
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    /// Takes note of a failed command: the next caller gets another connection if this one is to blame.
    pub(super) fn learn(&self, error: &RedisError) {
        if breaks_connection(error) {
            self.is_broken.store(true, Ordering::Release);
        }
    }
}

/// Makes connections for the pool, and tells it which ones to throw away.
///
/// The client's own reconnecting manager is not used: once a server refuses a reconnection for another reason than I/O
/// (too many clients, say), that manager gives the same refusal for ever.
pub(super) struct SelfHealing {
    server: Server,
    /// Told of every attempt to connect that failed: the pool tells nobody, and lets callers wait out their time.
    failures: Arc<Notify>,
    connect_timeout: Duration,
    response_timeout: Duration,
}

enum Server {
    Node(Box<Client>),
    Cluster(Box<ClusterClient>),
}

impl SelfHealing {
    pub(super) fn new(settings: &RedisSettings) -> Result<Self, RedisSettingsError> {
        settings.check()?;
        let (urls, is_cluster) = settings.servers();
        let mut servers = Vec::with_capacity(urls.len());
        for url in &urls {
            servers.push(server(url)?);
        }
        let server = if is_cluster {
            let (shortest, longest) = CLUSTER_WAIT_MS;
            let client = ClusterClientBuilder::new(servers)
                .connection_timeout(settings.connect_timeout)
                .response_timeout(settings.response_timeout)
                .use_protocol(ProtocolVersion::RESP3)
                .tcp_settings(tcp_settings())
                .retries(CLUSTER_RETRIES)
                .min_retry_wait(shortest)
                .max_retry_wait(longest);
            Server::Cluster(Box::new(client.build().map_err(|_| RedisSettingsError::Seeds)?))
        } else {
            let server = servers.into_iter().next().ok_or(RedisSettingsError::NoUrl)?;
            Server::Node(Box::new(Client::open(server).map_err(|_| RedisSettingsError::Url)?))
        };
        Ok(Self {
            server,
            failures: Arc::default(),
            connect_timeout: settings.connect_timeout,
            response_timeout: settings.response_timeout,
        })
    }

    pub(super) fn is_cluster(&self) -> bool {
        matches!(self.server, Server::Cluster(_))
    }

    /// Notified of every attempt to connect that fails.
    pub(super) fn failures(&self) -> Arc<Notify> {
        Arc::clone(&self.failures)
    }

    async fn try_to_connect(&self) -> Result<Link, RedisError> {
        let is_broken = Arc::new(AtomicBool::new(false));
        let wire = match &self.server {
            Server::Node(client) => {
                let config = self.node_config(&is_broken);
                Wire::Node(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            Server::Cluster(client) => Wire::Cluster(client.get_async_connection().await?),
        };
        Ok(Link { wire, is_broken })
    }

    /// RESP3 tells of a lost connection at once, so that not even one caller finds it out the hard way.
    fn node_config(&self, is_broken: &Arc<AtomicBool>) -> AsyncConnectionConfig {
        let is_broken = Arc::clone(is_broken);
        let watch = move |push: PushInfo| -> Result<(), redis::aio::SendError> {
            if push.kind == PushKind::Disconnection {
                is_broken.store(true, Ordering::Release);
            }
            Ok(())
        };
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.response_timeout))
            .set_pipeline_buffer_size(QUEUE)
            .set_push_sender(watch)
    }
}

fn server(url: &str) -> Result<ConnectionInfo, RedisSettingsError> {
    let server = url.into_connection_info().map_err(|_| RedisSettingsError::Url)?;
    let session = server.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(server.set_redis_settings(session).set_tcp_settings(tcp_settings()))
}

fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    // A peer that vanished without a word would else be waited for as long as the operating system likes.
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(SILENCE_MAX);
    let keepalive = redis::io::tcp::socket2::TcpKeepalive::new().with_time(SILENCE_MAX);
    settings.set_keepalive(keepalive)
}

impl bb8::ManageConnection for SelfHealing {
    type Connection = Link;
    type Error = RedisError;

    async fn connect(&self) -> Result<Link, RedisError> {
        let connected = self.try_to_connect().await;
        if connected.is_err() {
            self.failures.notify_waiters();
        }
        connected
    }

    async fn is_valid(&self, link: &mut Link) -> Result<(), RedisError> {
        redis::cmd("PING").exec_async(&mut link.wire).await
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        link.is_broken()
    }
}
