//! A work queue in memory, as honest as a broker: it delivers at least once, and may lose everything at once
//! ([`wipe`](MemoryPaymentQueue::wipe)).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{MessageId, PaymentFailure};
use milo_core::ports::{Clock, DeadLetter, Delivery, PaymentQueue, PaymentWake, PortError};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clock::{later, since};
use super::lock;

/// A payment queue in memory.
pub struct MemoryPaymentQueue {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    ready: VecDeque<Waiting>,
    unacknowledged: BTreeMap<u64, Unacknowledged>,
    /// When the receivers of `unacknowledged` are taken for gone.
    lapses: BTreeSet<(Timestamp, u64)>,
    dead: VecDeque<DeadLetter>,
    tags: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Waiting {
    wake: PaymentWake,
    delivered: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct Unacknowledged {
    waiting: Waiting,
    until: Timestamp,
}

impl MemoryPaymentQueue {
    /// How long a receiver may keep a message before it is taken for gone.
    pub const VISIBILITY: Duration = Duration::from_secs(30);
    /// How often a message is delivered before it is dead-lettered.
    pub const DELIVERIES_MAX: u32 = 5;
    /// The most messages that wait; more are refused, and wait where they come from.
    pub const WAITING_MAX: usize = 100_000;
    /// The most dead letters that are kept; the oldest make room.
    pub const DEAD_LETTERS_MAX: usize = 100_000;

    /// An empty queue.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Loses everything, as a broker without its disk does: what waits, what was delivered, and the dead letters.
    pub fn wipe(&self) {
        let mut state = lock(&self.state);
        *state = State {
            // Deliveries from before must not be mistaken for later ones.
            tags: state.tags,
            ..State::default()
        };
    }

    /// Everything that waits, was delivered or is dead, to be compared with what is there later.
    pub fn contents(&self) -> impl PartialEq + fmt::Debug + Send + use<> {
        self.act().0.clone()
    }

    fn act(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let mut state = lock(&self.state);
        let now = self.clock.now();
        state.take_back(now);
        (state, now)
    }

    /// The next message; else how long until a receiver may be taken for gone.
    fn next(&self) -> Result<Delivery, Option<Duration>> {
        let (mut state, now) = self.act();
        let Some(waiting) = state.ready.pop_front() else {
            return Err(state.lapses.first().map(|(until, _)| since(now, *until)));
        };
        if !state.ready.is_empty() {
            // One permit is all that the notification keeps: pass it on to the next receiver.
            self.arrived.notify_one();
        }
        Ok(state.deliver(waiting, now))
    }
}

impl fmt::Debug for MemoryPaymentQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryPaymentQueue").finish_non_exhaustive()
    }
}

impl State {
    fn deliver(&mut self, waiting: Waiting, now: Timestamp) -> Delivery {
        self.tags += 1;
        let tag = self.tags;
        let delivery = Delivery {
            wake: waiting.wake,
            tag,
            redelivered: waiting.delivered,
        };
        let until = later(now, MemoryPaymentQueue::VISIBILITY);
        self.lapses.insert((until, tag));
        self.unacknowledged.insert(tag, Unacknowledged { waiting, until });
        delivery
    }

    fn end_delivery(&mut self, tag: u64) -> Option<Waiting> {
        let ended = self.unacknowledged.remove(&tag)?;
        self.lapses.remove(&(ended.until, tag));
        Some(ended.waiting)
    }

    /// Takes back what receivers got that are gone by now.
    fn take_back(&mut self, now: Timestamp) {
        while let Some(&(until, tag)) = self.lapses.first()
            && until <= now
        {
            self.return_delivery(tag, now);
        }
    }

    /// Puts a message back in front, or gives it up after its last delivery.
    fn return_delivery(&mut self, tag: u64, now: Timestamp) -> bool {
        let Some(mut waiting) = self.end_delivery(tag) else {
            return false;
        };
        waiting.delivered = waiting.delivered.saturating_add(1);
        if waiting.delivered < MemoryPaymentQueue::DELIVERIES_MAX {
            self.ready.push_front(waiting);
            return true;
        }
        let reason = PaymentFailure::parse("delivery_limit").unwrap_or_else(|_| PaymentFailure::gateway_unavailable());
        self.bury(waiting.wake, reason, now);
        false
    }

    fn bury(&mut self, wake: PaymentWake, reason: PaymentFailure, at: Timestamp) {
        if self.dead.iter().any(|letter| letter.wake.id == wake.id) {
            return;
        }
        if self.dead.len() >= MemoryPaymentQueue::DEAD_LETTERS_MAX {
            self.dead.pop_front();
        }
        self.dead.push_back(DeadLetter { wake, reason, at });
    }

    fn publish(&mut self, wake: PaymentWake) -> Result<(), PortError> {
        if self.ready.len() >= MemoryPaymentQueue::WAITING_MAX {
            return Err(PortError::transient("payment_queue", "the queue is full"));
        }
        self.ready.push_back(Waiting { wake, delivered: 0 });
        Ok(())
    }
}

#[async_trait]
impl PaymentQueue for MemoryPaymentQueue {
    async fn publish(&self, wake: &PaymentWake) -> Result<(), PortError> {
        self.act().0.publish(*wake)?;
        self.arrived.notify_one();
        Ok(())
    }

    /// With no `wait` it needs no runtime and no timer.
    async fn receive(&self, wait: Duration) -> Result<Option<Delivery>, PortError> {
        let mut deadline = None;
        loop {
            let mut arrived = pin!(self.arrived.notified());
            // Waits from here on: what arrives between the look below and the wait is not missed.
            arrived.as_mut().enable();
            let lapse = match self.next() {
                Ok(delivery) => return Ok(Some(delivery)),
                Err(lapse) => lapse,
            };
            if wait.is_zero() {
                return Ok(None);
            }
            let now = Instant::now();
            let deadline = *deadline.get_or_insert_with(|| now.checked_add(wait));
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(now));
            if left.is_zero() {
                return Ok(None);
            }
            // Whether something arrived, a receiver is gone or the time is over: the next round tells.
            let _ = tokio::time::timeout(lapse.map_or(left, |lapse| lapse.min(left)), arrived).await;
        }
    }

    async fn acknowledge(&self, delivery: &Delivery) -> Result<(), PortError> {
        self.act().0.end_delivery(delivery.tag);
        Ok(())
    }

    async fn reject(&self, delivery: &Delivery) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        let again = state.return_delivery(delivery.tag, now);
        drop(state);
        if again {
            self.arrived.notify_one();
        }
        Ok(())
    }

    async fn bury(&self, wake: &PaymentWake, reason: &PaymentFailure) -> Result<(), PortError> {
        let (mut state, now) = self.act();
        state.bury(*wake, reason.clone(), now);
        Ok(())
    }

    async fn dead_letters(&self, limit: usize) -> Result<Vec<DeadLetter>, PortError> {
        Ok(self.act().0.dead.iter().take(limit).cloned().collect())
    }

    async fn replay(&self, message: MessageId) -> Result<bool, PortError> {
        let (mut state, _) = self.act();
        let Some(place) = state.dead.iter().position(|letter| letter.wake.id == message) else {
            return Ok(false);
        };
        let wake = state.dead[place].wake;
        state.publish(wake)?;
        state.dead.remove(place);
        drop(state);
        self.arrived.notify_one();
        Ok(true)
    }
}
