//! One connection of a client.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
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
    /// Its requests.
    pub(crate) turn: Arc<Turn>,
    /// For waiting for nodes; not there while a request uses it.
    alarm: Mutex<Option<Alarm>>,
}

impl Connection {
    pub(crate) fn new(
        balancer: Arc<Balancer>,
        worker: usize,
        peer: SocketAddr,
        scheme: Scheme,
        turn: Arc<Turn>,
    ) -> Self {
        Self {
            balancer,
            worker,
            origin: Origin::new(peer.ip(), scheme),
            turn,
            alarm: Mutex::default(),
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
