//! One connection of a client.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::origin::{Origin, Scheme};
use crate::balancer::Balancer;
use crate::wire::Turn;

/// What all requests of a connection have in common.
pub(crate) struct Connection {
    pub(crate) balancer: Arc<Balancer>,
    /// The thread that serves it.
    pub(crate) worker: usize,
    /// Who is at its other end.
    pub(crate) origin: Origin,
    /// For HTTP/1, where requests come in turn.
    pub(crate) turn: Option<Arc<Turn>>,
    /// Requests so far.
    pub(crate) requests: AtomicU64,
    /// Those of them whose answers are not over.
    pub(crate) under_way: AtomicUsize,
}

impl Connection {
    pub(crate) fn new(
        balancer: Arc<Balancer>,
        worker: usize,
        peer: SocketAddr,
        scheme: Scheme,
        turn: Option<Arc<Turn>>,
    ) -> Self {
        Self {
            balancer,
            worker,
            origin: Origin::new(peer.ip(), scheme),
            turn,
            requests: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
        }
    }

    /// A request begins.
    pub(super) fn begin(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.under_way.fetch_add(1, Ordering::Relaxed);
    }

    /// Its answer is over.
    pub(super) fn end(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
        if let Some(turn) = &self.turn {
            turn.done();
        }
    }
}
