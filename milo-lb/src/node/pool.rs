//! Connections to a node, kept for the next request.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::proxy::UpstreamBody;

/// What sends requests over one connection.
pub(crate) type Sender = http1::SendRequest<UpstreamBody>;

/// A connection that was taken from the pool, or opened.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) sender: Sender,
    /// Whether it had served before: then the node may have closed it, and that is no sign of trouble.
    pub(crate) is_used: bool,
}

/// What was wrong with opening a connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Connecting {
    /// The node's system said no, or nothing of it was heard.
    #[error("the connection could not be opened: {0}")]
    Refused(std::io::Error),
    /// It took too long.
    #[error("the connection was not open in time")]
    TimedOut,
}

/// The unused connections of one thread to one node; the latest used is used next, so that what is too many grows old.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

#[derive(Debug)]
struct Idle {
    sender: Sender,
    since: Instant,
}

impl Pool {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<Idle>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A connection that seems to be open.
    pub(crate) async fn take(&self, idle_time: Duration) -> Option<Wire> {
        loop {
            let Idle { mut sender, since } = self.with(Vec::pop)?;
            if since.elapsed() < idle_time && !sender.is_closed() && sender.ready().await.is_ok() {
                return Some(Wire { sender, is_used: true });
            }
        }
    }

    /// Keeps a connection whose answer is over.
    pub(crate) fn give_back(&self, sender: Sender, idle_max: usize) {
        if sender.is_closed() {
            return;
        }
        let since = Instant::now();
        let full = self.with(|idle| {
            if idle.len() >= idle_max {
                return Some(sender);
            }
            idle.push(Idle { sender, since });
            None
        });
        drop(full);
    }

    pub(crate) fn clear(&self) {
        drop(self.with(std::mem::take));
    }

    /// Drops what has not been used for so long. The oldest lie at the bottom.
    pub(crate) fn expire(&self, idle_time: Duration) {
        let old: Vec<Idle> = self.with(|idle| {
            let count = idle.partition_point(|idle| idle.since.elapsed() >= idle_time);
            idle.drain(..count).collect()
        });
        drop(old);
    }
}

impl Wire {
    /// Opens a connection. It is driven by a task on this thread until both ends have let go.
    pub(crate) async fn open(address: SocketAddr, patience: Duration) -> Result<Self, Connecting> {
        let stream = match tokio::time::timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Connecting::Refused(error)),
            Err(_) => return Err(Connecting::TimedOut),
        };
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::Builder::new()
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Connecting::Refused(std::io::Error::other(error)))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%address, %error, "a connection to a node broke");
            }
        });
        Ok(Self { sender, is_used: false })
    }
}
