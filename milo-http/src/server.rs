//! Running the service on a socket, and stopping it without losing anything.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use crate::{App, service};

/// The bounds of connections, and of stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// The most connections at one time; more wait to be accepted.
    pub connections_max: usize,
    /// The longest time that a client may take to send the head of a request.
    pub header_time: Duration,
    /// The longest time without a byte in either direction.
    pub idle_time: Duration,
    /// How long requests are still taken after the server was told to stop, so that a load balancer can see that it is
    /// not ready any more.
    pub notice: Duration,
    /// How long requests that are under way may take after that.
    pub drain: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections_max: 20_000,
            header_time: Duration::from_secs(10),
            idle_time: Duration::from_secs(75),
            notice: Duration::from_secs(1),
            drain: Duration::from_secs(20),
        }
    }
}

/// How many connections wait to be accepted.
const BACKLOG: u32 = 1024;

/// A socket that waits for requests.
#[derive(Debug)]
pub struct Listening {
    acceptor: TcpAcceptor,
    address: SocketAddr,
}

impl Listening {
    /// Takes the address; port 0 takes any free port.
    ///
    /// # Errors
    /// The system's, when the address is taken or not this machine's.
    pub async fn on(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        socket.set_reuseaddr(true)?;
        // Inherited by every connection: an answer is one write, and must not wait for the last one's acknowledgement.
        socket.set_nodelay(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok(Self {
            acceptor: listener.try_into()?,
            address,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`, then as [`ServerLimits`] say. When this returns, every write that a client began is done.
    ///
    /// # Errors
    /// The system's, when the socket fails.
    pub async fn serve(self, app: Arc<App>, limits: ServerLimits, stop: CancellationToken) -> io::Result<()> {
        let fuse = FuseConfig::default()
            .with_http1_header_timeout(limits.header_time)
            .with_connection_idle_timeout(limits.idle_time)
            .with_write_stall_timeout(limits.idle_time);
        let server = salvo::Server::new(self.acceptor)
            .fuse_config(fuse)
            .max_connections(limits.connections_max);
        let handle = server.handle();
        let stopper = tokio::spawn({
            let app = Arc::clone(&app);
            async move {
                stop.cancelled().await;
                app.begin_stop();
                tokio::time::sleep(limits.notice).await;
                handle.stop_graceful(limits.drain);
            }
        });
        let served = server.try_serve(service(Arc::clone(&app))).await;
        stopper.abort();
        // Connections are closed; what their clients began and did not wait for goes on to its end.
        if tokio::time::timeout(limits.drain, app.finished()).await.is_err() {
            tracing::warn!("writes were still under way when the time to stop was over");
        }
        served
    }
}
