//! One connection, and the certainty that it ends.
//!
//! The client library drives each connection on a thread of its own, which waits without a bound for a broker that
//! accepts and then says nothing. So a second handle to the socket is kept: shutting it down ends whatever the library
//! is in, and tells the broker at once that this receiver is gone.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::tcp::OwnedTLSConfig;
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{AsyncTcpStream, Channel, Connection, ConnectionProperties};
use tokio::net::lookup_host;

use super::RabbitSettings;
use super::broken::{Broken, within};

/// A connection. Dropped, it is gone without a word: the broker gives what was not acknowledged to others.
pub(super) struct Wire {
    connection: Connection,
    limit: Duration,
    _socket: Socket,
}

impl Wire {
    /// The name that a connection has in the broker's lists.
    const NAME: &'static str = "milo payment queue";
    /// How long a farewell may take.
    const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
    /// AMQP for "all went well".
    const REPLY_SUCCESS: u16 = 200;

    pub(super) async fn open(settings: &RabbitSettings) -> Result<Self, Broken> {
        let uri = settings.uri().ok_or_else(|| Broken::new("the URL is no AMQP URL"))?;
        let tls = OwnedTLSConfig {
            identity: None,
            cert_chain: settings.root_certificates.clone(),
        };
        let socket = Socket::default();
        let (kept, limit) = (Arc::clone(&socket.0), settings.connect_timeout);
        let runtime = lapin::runtime::default_runtime().map_err(|error| Broken::because("connecting", &error))?;
        // Neither retries nor recovery: the supervisor starts again from nothing.
        let properties = ConnectionProperties::default().with_connection_name(Self::NAME.into());
        let connection = Connection::connector(
            uri,
            runtime,
            async move |uri: AMQPUri, runtime| {
                let host = uri.authority.host.as_str();
                let dialled = async {
                    let addresses: Vec<SocketAddr> = lookup_host((host, uri.authority.port)).await?.collect();
                    let stream = AsyncTcpStream::connect(&runtime, addresses).await?;
                    // TLS is put on top of it below.
                    if let AsyncTcpStream::Plain(plain) = &stream {
                        Kept::keep(&kept, plain.get_ref().as_fd().try_clone_to_owned()?.into())?;
                    }
                    match uri.scheme {
                        AMQPScheme::AMQP => Ok(stream),
                        AMQPScheme::AMQPS => stream.into_tls(host, tls.as_ref()).await,
                    }
                };
                let dialled = tokio::time::timeout(limit, dialled).await;
                Ok(dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?)
            },
            properties,
        );
        let connection = within(limit, "connecting", connection).await?;
        Ok(Self {
            connection,
            limit: settings.call_timeout,
            _socket: socket,
        })
    }

    pub(super) async fn channel(&self) -> Result<Channel, Broken> {
        within(self.limit, "opening a channel", self.connection.create_channel()).await
    }

    /// Whether the connection is there, as far as the client library knows.
    pub(super) fn stands(&self) -> bool {
        self.connection.status().connected()
    }

    /// Whether the broker takes no messages, because it is short of memory or disk.
    pub(super) fn is_blocked(&self) -> bool {
        self.connection.status().blocked()
    }

    /// Takes leave, so that the broker does not report a client that vanished.
    pub(super) async fn close(self) {
        let farewell = self.connection.close(Self::REPLY_SUCCESS, "closing".into());
        if let Err(broken) = within(Self::CLOSE_TIMEOUT, "closing", farewell).await {
            tracing::debug!(error = %broken, "a connection to RabbitMQ ended without a farewell");
        }
    }
}

/// The second handle to a socket. Dropped, it shuts the socket down, even one that is only being connected.
#[derive(Default)]
struct Socket(Arc<Mutex<Kept>>);

#[derive(Default)]
enum Kept {
    #[default]
    NotYet,
    Open(TcpStream),
    Abandoned,
}

impl Kept {
    fn keep(kept: &Mutex<Self>, socket: TcpStream) -> io::Result<()> {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*kept, Self::Abandoned) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *kept = Self::Open(socket);
        Ok(())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Kept::Open(socket) = std::mem::replace(&mut *kept, Kept::Abandoned) {
            // A socket that is gone already needs no shutting down.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
