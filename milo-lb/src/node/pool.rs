//! Connections to a node, kept for the next request.
//!
//! No task of its own drives a connection: whoever uses it does, in the task of the client's connection, so that an answer wakes one task and not two.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::client::conn::http1;
use tokio::net::TcpStream;

use crate::proxy::UpstreamBody;
use crate::wire::Gathering;

/// A connection that was taken from the pool, or opened.
pub(crate) struct Wire {
    pub(crate) sender: http1::SendRequest<UpstreamBody>,
    connection: Pin<Box<http1::Connection<Gathering, UpstreamBody>>>,
    is_over: bool,
    /// Whether it had served before: then the node may have closed it, and that is no sign of trouble.
    pub(crate) is_used: bool,
}

/// The unused connections of one thread to one node; the latest used is used next, so that what is too many grows old.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Idle>>);

struct Idle {
    wire: Wire,
    since: Instant,
}

impl Pool {
    fn with<T>(&self, act: impl FnOnce(&mut Vec<Idle>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A connection that seems to be open.
    pub(crate) fn take(&self, now: Instant, idle_time: Duration) -> Option<Wire> {
        loop {
            let Idle { mut wire, since } = self.with(Vec::pop)?;
            if now.saturating_duration_since(since) < idle_time && wire.is_ready() {
                wire.is_used = true;
                return Some(wire);
            }
        }
    }

    /// Keeps a connection whose answer is over.
    pub(crate) fn give_back(&self, wire: Wire, idle_max: usize) {
        if wire.is_over {
            return;
        }
        let since = Instant::now();
        let full = self.with(|idle| {
            if idle.len() >= idle_max {
                return Some(wire);
            }
            idle.push(Idle { wire, since });
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
    /// Opens a connection.
    ///
    /// # Errors
    /// The node's system said no, or it took too long.
    pub(crate) async fn open(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = tokio::time::timeout(patience, TcpStream::connect(address)).await??;
        let _ = stream.set_nodelay(true);
        let handshake = http1::Builder::new().handshake(Gathering::new(stream));
        let (sender, connection) = handshake.await.map_err(io::Error::other)?;
        Ok(Self {
            sender,
            connection: Box::pin(connection),
            is_over: false,
            is_used: false,
        })
    }

    /// Writes what is to be written and reads what has come. The task of `context` is woken when there is more of either.
    pub(crate) fn drive(&mut self, context: &mut Context<'_>) {
        if self.is_over {
            return;
        }
        if let Poll::Ready(ended) = self.connection.as_mut().poll(context) {
            self.is_over = true;
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection to a node broke");
            }
        }
    }

    /// Whether the next request can be sent: the last one is over, and the node has not closed the connection since.
    fn is_ready(&mut self) -> bool {
        let mut nobody = Context::from_waker(Waker::noop());
        self.drive(&mut nobody);
        !self.is_over && matches!(self.sender.poll_ready(&mut nobody), Poll::Ready(Ok(())))
    }

    /// What a future gives that only this connection can finish, once it has.
    ///
    /// The future is polled without a waker: nobody but [`drive`](Self::drive) moves it, and being woken by oneself is one poll too many.
    pub(crate) fn poll_with<T>(
        &mut self,
        context: &mut Context<'_>,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut nobody = Context::from_waker(Waker::noop());
        // What has been read already needs no more driving.
        if let Poll::Ready(done) = poll(&mut nobody) {
            return Poll::Ready(done);
        }
        self.drive(context);
        poll(&mut nobody)
    }
}
