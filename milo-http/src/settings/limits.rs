//! Where the server listens, and the bounds of requests and connections.

use std::net::SocketAddr;
use std::time::Duration;

use milo_http::Limits;
use milo_http::server::ServerLimits;
use milo_process::settings::parse;

/// Where the server listens, and the bounds of requests and connections.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct HttpSettings {
    /// The address and port to listen on
    #[arg(long, env = "MILO_BIND", value_name = "ADDRESS", value_parser = address, default_value = "127.0.0.1:8080")]
    pub(crate) bind: SocketAddr,

    /// The largest request body
    #[arg(long, env = "MILO_BODY_LIMIT", value_name = "SIZE", value_parser = parse::size, default_value = "64KiB")]
    pub(crate) body_limit: usize,

    /// The longest time for one request; a long poll may take its own wait in addition
    #[arg(long, env = "MILO_REQUEST_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "30s")]
    pub(crate) request_timeout: Duration,

    /// The longest time for the head of a request
    #[arg(long, env = "MILO_HEADER_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "10s")]
    pub(crate) header_timeout: Duration,

    /// The longest time of a connection without a byte in either direction
    #[arg(long, env = "MILO_IDLE_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "75s")]
    pub(crate) idle_timeout: Duration,

    /// The most connections at one time
    #[arg(long, env = "MILO_CONNECTIONS_MAX", value_name = "COUNT", value_parser = parse::count::<1, 1_000_000>, default_value = "20000")]
    pub(crate) connections_max: u32,

    /// How long a server that was told to stop still takes requests, so that a load balancer can see that it is not ready
    #[arg(long, env = "MILO_STOP_NOTICE", value_name = "TIME", value_parser = parse::time_or_none, default_value = "1s")]
    pub(crate) stop_notice: Duration,

    /// How long requests and jobs under way may take after that
    #[arg(long, env = "MILO_DRAIN_TIME", value_name = "TIME", value_parser = parse::time, default_value = "20s")]
    pub(crate) drain_time: Duration,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "must be an address and a port, such as 127.0.0.1:8080".to_owned())
}

impl HttpSettings {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.body_limit,
            request_time: self.request_timeout,
        }
    }

    pub(crate) fn server_limits(&self) -> ServerLimits {
        ServerLimits {
            connections_max: usize::try_from(self.connections_max).unwrap_or(usize::MAX),
            header_time: self.header_timeout,
            idle_time: self.idle_timeout,
            notice: self.stop_notice,
            drain: self.drain_time,
        }
    }
}
