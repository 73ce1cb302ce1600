//! One connection of a client.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::origin::{Origin, Scheme};
use crate::balancer::Balancer;
use crate::wire::{Alarm, Turn};

/// What all requests of a connection have in common.
pub(crate) struct Connection {
    pub(crate) balancer: Arc<Balancer>,
    /// The thread that serves it.
    pub(crate) worker: usize,
    /// Who is at its other end.
    pub(crate) origin: Origin,
    /// For HTTP/1, where requests come in turn.
    pub(crate) turn: Option<Arc<Turn>>,
    /// For waiting for nodes; not there while a request uses it.
    alarm: Mutex<Option<Alarm>>,
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
            alarm: Mutex::default(),
            requests: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
        }
    }

    /// An alarm to wait with: that of the connection, unless another request of HTTP/2 has it.
    pub(super) fn take_alarm(&self) -> BorrowedAlarm<'_> {
        let alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner).take();
        BorrowedAlarm {
            connection: self,
            alarm: alarm.unwrap_or_default(),
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

/// An alarm that goes back to its connection.
pub(super) struct BorrowedAlarm<'a> {
    connection: &'a Connection,
    alarm: Alarm,
}

impl Deref for BorrowedAlarm<'_> {
    type Target = Alarm;

    fn deref(&self) -> &Alarm {
        &self.alarm
    }
}

impl DerefMut for BorrowedAlarm<'_> {
    fn deref_mut(&mut self) -> &mut Alarm {
        &mut self.alarm
    }
}

impl Drop for BorrowedAlarm<'_> {
    fn drop(&mut self) {
        let alarm = std::mem::take(&mut self.alarm);
        *self.connection.alarm.lock().unwrap_or_else(PoisonError::into_inner) = Some(alarm);
    }
}
