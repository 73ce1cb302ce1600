//! The settings: one TOML file, each value of which a `MILO_LB_*` variable may replace.

mod error;
mod load;
mod validate;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

pub use self::error::ConfigError;
pub use self::load::{Described, table, text_variables};
use crate::policy::PolicyName;

/// Everything that can be set. A file that names something else is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where clients connect. Read at the start only.
    pub listen: SocketAddr,
    /// Threads that serve clients; 0: one a core. Read at the start only.
    pub workers: usize,
    /// The nodes, as `host:port`. A host's name stands for all its addresses, each of which is a node.
    pub nodes: Vec<String>,
    /// How often the names among `nodes` are looked up again.
    #[serde(with = "humantime_serde")]
    pub resolve_interval: Duration,
    /// Which node is next.
    pub policy: PolicyName,
    /// Paths, and everything below them, that are not for clients: 404.
    pub private_paths: Vec<String>,
    /// Proxies in front of this one, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Nobody else's are.
    pub trusted_proxies: Vec<IpNet>,
    /// Active checks.
    pub health: HealthConfig,
    /// Passive checks: what the answers to clients' requests tell.
    pub ejection: EjectionConfig,
    /// Connections to the nodes.
    pub upstream: UpstreamConfig,
    /// Requests that are sent again.
    pub retry: RetryConfig,
    /// How long a client may take.
    pub timeouts: TimeoutConfig,
    /// How much a client may take.
    pub limits: LimitConfig,
    /// TLS towards clients; plain text without it.
    pub tls: Option<TlsConfig>,
    /// The port for operators. Read at the start only.
    pub admin: AdminConfig,
    /// The logs. Read at the start only.
    pub log: LogConfig,
    /// What happens when the process is told to stop.
    pub stop: StopConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8000)),
            workers: 0,
            nodes: vec!["127.0.0.1:8080".to_owned()],
            resolve_interval: Duration::from_secs(5),
            policy: PolicyName::LeastConnections,
            private_paths: vec!["/metrics".to_owned()],
            trusted_proxies: Vec::new(),
            health: HealthConfig::default(),
            ejection: EjectionConfig::default(),
            upstream: UpstreamConfig::default(),
            retry: RetryConfig::default(),
            timeouts: TimeoutConfig::default(),
            limits: LimitConfig::default(),
            tls: None,
            admin: AdminConfig::default(),
            log: LogConfig::default(),
            stop: StopConfig::default(),
        }
    }
}

/// Active checks: `GET path` of each node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    /// What is asked; any 2xx is a pass.
    pub path: String,
    /// From the end of one check to the next, ± 10 %.
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    /// How long an answer may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    /// Passes in a row that bring a node back.
    pub up_after: u32,
    /// Checks without an answer, in a row, that take a node out. An answer that says *not ready* does so at once.
    pub down_after: u32,
    /// After its return a node gets a share of its turns that grows to the whole over this time.
    #[serde(with = "humantime_serde")]
    pub slow_start: Duration,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self {
            path: "/health/ready".to_owned(),
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            up_after: 2,
            down_after: 3,
            slow_start: Duration::from_secs(10),
        }
    }
}

/// Passive checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EjectionConfig {
    /// Connections in a row that could not be opened, or that broke before the answer, after which a node is ejected.
    pub after_broken: u32,
    /// Answers of 500 and above in a row, after which a node is ejected.
    pub after_errors: u32,
    /// How long the first ejection lasts; each further one in a row lasts twice as long.
    #[serde(with = "humantime_serde")]
    pub time: Duration,
    /// How long an ejection lasts at most.
    #[serde(with = "humantime_serde")]
    pub time_max: Duration,
    /// For answers of 500 and above, at most this share of the nodes is out at once, in percent, rounded down: what ails all of them, their store
    /// say, is no reason to eject any.
    pub share_max_percent: u8,
}

impl Default for EjectionConfig {
    fn default() -> Self {
        Self {
            after_broken: 2,
            after_errors: 10,
            time: Duration::from_secs(1),
            time_max: Duration::from_secs(60),
            share_max_percent: 50,
        }
    }
}

/// Connections to the nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpstreamConfig {
    /// How long opening a connection may take.
    #[serde(with = "humantime_serde")]
    pub connect_timeout: Duration,
    /// From the end of a request to the head of its answer. Milo's long polls take up to 30 s.
    #[serde(with = "humantime_serde")]
    pub response_timeout: Duration,
    /// How long the body of an answer may be silent. Event streams should say something more often.
    #[serde(with = "humantime_serde")]
    pub silence_timeout: Duration,
    /// How long an unused connection is kept; less than the node keeps it.
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// Unused connections that are kept, a node and worker.
    pub idle_max: usize,
    /// Requests under way at one node; what is over it goes to another node, or is a 503.
    pub requests_max: usize,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(1),
            response_timeout: Duration::from_secs(40),
            silence_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(20),
            idle_max: 256,
            requests_max: 4096,
        }
    }
}

/// Requests that are sent again. Only those whose repetition does no harm (GET, HEAD, OPTIONS, and whatever carries an `Idempotency-Key`), and those that
/// never left; never twice to one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetryConfig {
    /// Nodes that one request may be sent to.
    pub nodes_max: usize,
    /// Answers after which another node is asked.
    pub statuses: Vec<u16>,
    /// Requests that are sent again, in percent of all requests. What never left does not count.
    pub budget_percent: u32,
    /// What the budget has in any case, a second.
    pub budget_per_second: u32,
    /// Bodies up to this size, in bytes, are taken in whole before a node is asked, and can be sent again. Larger ones pass through.
    pub kept_body_bytes: u64,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            nodes_max: 3,
            statuses: vec![502, 503, 504],
            budget_percent: 20,
            budget_per_second: 10,
            kept_body_bytes: 64 * 1024,
        }
    }
}

/// How long a client may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutConfig {
    /// From the first byte of a head to its last.
    #[serde(with = "humantime_serde")]
    pub head: Duration,
    /// For a body, besides a second for each `body_bytes_per_second`.
    #[serde(with = "humantime_serde")]
    pub body: Duration,
    /// How fast a body comes at least, once `body` is over.
    pub body_bytes_per_second: u32,
    /// Between two requests of one connection, and before the first.
    #[serde(with = "humantime_serde")]
    pub idle: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    #[serde(with = "humantime_serde")]
    pub stalled: Duration,
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            body_bytes_per_second: 1024,
            idle: Duration::from_secs(30),
            stalled: Duration::from_secs(20),
        }
    }
}

/// How much a client may take. A client is an IPv4 address or an IPv6 network of 64 bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitConfig {
    /// Requests a second of one client; 0: as many as it likes.
    pub requests_per_second: u32,
    /// Requests that a client may save up.
    pub requests_burst: u32,
    /// Connections of one client; 0: as many as it likes.
    pub connections_per_client: usize,
    /// Connections in all.
    pub connections_max: usize,
    /// A request's head, in bytes.
    pub head_bytes: usize,
    /// A request's fields.
    pub head_fields: usize,
    /// A request's target, in bytes.
    pub target_bytes: usize,
    /// A request's body, in bytes.
    pub body_bytes: u64,
}

impl Default for LimitConfig {
    fn default() -> Self {
        Self {
            requests_per_second: 200,
            requests_burst: 400,
            connections_per_client: 256,
            connections_max: 20_000,
            head_bytes: 32 * 1024,
            head_fields: 100,
            target_bytes: 8 * 1024,
            body_bytes: 64 * 1024,
        }
    }
}

/// TLS towards clients. Read again at each reload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate and its chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// The port for operators: `/health/live`, `/health/ready`, `/metrics`, `/status`, `POST /nodes/{address}/drain` and `…/undrain`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdminConfig {
    /// Where operators connect. Whoever reaches it may drain nodes: keep it from clients.
    pub listen: SocketAddr,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9100)),
        }
    }
}

/// The logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How much is said, as a filter of `tracing-subscriber`.
    pub filter: String,
    /// For people or for programs.
    pub format: LogFormat,
    /// A line of JSON for each request: `off`, `stdout`, or a file.
    pub access: AccessLog,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            format: LogFormat::Text,
            access: AccessLog::Stdout,
        }
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Where the access log goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum AccessLog {
    /// Nowhere.
    Off,
    /// To standard output.
    Stdout,
    /// To the end of a file.
    File(PathBuf),
}

impl From<String> for AccessLog {
    fn from(text: String) -> Self {
        match text.as_str() {
            "off" => Self::Off,
            "stdout" => Self::Stdout,
            _ => Self::File(text.into()),
        }
    }
}

impl From<AccessLog> for String {
    fn from(log: AccessLog) -> Self {
        match log {
            AccessLog::Off => "off".to_owned(),
            AccessLog::Stdout => "stdout".to_owned(),
            AccessLog::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// What happens when the process is told to stop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopConfig {
    /// How long it goes on as before but says that it is not ready, so that whoever is in front of it looks elsewhere.
    #[serde(with = "humantime_serde")]
    pub notice: Duration,
    /// How long requests under way may take to end.
    #[serde(with = "humantime_serde")]
    pub drain: Duration,
}

impl Default for StopConfig {
    fn default() -> Self {
        Self {
            notice: Duration::ZERO,
            drain: Duration::from_secs(35),
        }
    }
}
