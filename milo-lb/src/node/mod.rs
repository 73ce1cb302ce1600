//! One server that requests go to.

mod check;
mod pool;
mod resolve;
mod standing;

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) use check::keep_checking;
pub(crate) use pool::{Pool, Wire};
pub(crate) use resolve::Resolver;

use self::standing::StandingCell;
use crate::config::{EjectionConfig, HealthConfig};
use crate::health::{Check, Health, HealthSnapshot, Outcome, Standing};
use crate::meters::NodeMeters;

/// A node, as all threads see it.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) meters: NodeMeters,
    /// The unused connections, a pool for each thread that serves clients: a connection stays on its thread.
    pools: Box<[Pool]>,
    /// Requests that it has not answered in full.
    in_flight: AtomicUsize,
    health: Mutex<Health>,
    /// What `health` says, to be read without the lock.
    standing: StandingCell,
    /// Whether something went wrong lately, so that `health` wants to hear of what goes well too.
    in_trouble: AtomicBool,
    /// Whether it does not answer its checks.
    is_silent: AtomicBool,
    /// Whether it is a node of the configuration no more.
    is_retired: AtomicBool,
}

impl Node {
    pub(crate) fn new(address: SocketAddr, workers: usize, checks: &HealthConfig, ejection: &EjectionConfig) -> Self {
        Self {
            address,
            meters: NodeMeters::of(address),
            pools: (0..workers).map(|_| Pool::default()).collect(),
            in_flight: AtomicUsize::new(0),
            health: Mutex::new(Health::new(checks, ejection)),
            standing: StandingCell::default(),
            in_trouble: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
            is_retired: AtomicBool::new(false),
        }
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn configure(&self, checks: &HealthConfig, ejection: &EjectionConfig) {
        let mut health = self.health();
        health.configure(checks, ejection);
        self.stand(&health, Instant::now());
    }

    /// What may be sent to it now.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.get()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub(crate) fn pool(&self, worker: usize) -> &Pool {
        &self.pools[worker % self.pools.len()]
    }

    /// Forgets unused connections that are older than they may be.
    pub(crate) fn expire_connections(&self, idle_time: Duration) {
        for pool in &self.pools {
            pool.expire(idle_time);
        }
    }

    /// An active check found this.
    pub(crate) fn checked(&self, found: Check) {
        let now = Instant::now();
        let mut health = self.health();
        health.check(now, found);
        self.stand(&health, now);
    }

    /// A client's request found this. `may_eject`: not so many others are out already that their errors must have one cause.
    pub(crate) fn found(&self, outcome: Outcome, may_eject: impl FnOnce() -> bool) {
        let is_good = matches!(outcome, Outcome::Answered { status } if status < 500);
        if is_good && !self.in_trouble.load(Ordering::Relaxed) {
            return;
        }
        let may_eject = may_eject();
        let now = Instant::now();
        let mut health = self.health();
        let was_ejected = health.is_ejected(now);
        health.outcome(now, outcome, may_eject);
        self.in_trouble.store(!is_good, Ordering::Relaxed);
        if !was_ejected && health.is_ejected(now) {
            self.meters.ejections.increment(1);
        }
        self.stand(&health, now);
    }

    /// An operator wants it to get no new requests, or to get some again.
    pub(crate) fn drain(&self, drain: bool) {
        let now = Instant::now();
        let mut health = self.health();
        if drain {
            health.drain();
        } else {
            health.undrain();
        }
        self.stand(&health, now);
    }

    /// Looks whether time alone has changed how it stands.
    pub(crate) fn refresh(&self) {
        let now = Instant::now();
        let health = self.health();
        self.stand(&health, now);
    }

    pub(crate) fn snapshot(&self) -> HealthSnapshot {
        self.health().snapshot(Instant::now())
    }

    fn stand(&self, health: &Health, now: Instant) {
        self.is_silent.store(health.is_silent(), Ordering::Relaxed);
        let (before, after) = (self.standing.get(), health.standing(now));
        self.standing.set(after);
        if std::mem::discriminant(&before) == std::mem::discriminant(&after) {
            return;
        }
        self.meters
            .up
            .set(f64::from(u8::from(matches!(after, Standing::Ready(_)))));
        let snapshot = health.snapshot(now);
        tracing::info!(node = %self.address, standing = %snapshot.standing, why = %snapshot.why, "a node stands otherwise");
        if after == Standing::Out {
            self.pools.iter().for_each(Pool::clear);
        }
    }

    /// Whether it does not answer its checks: what waits for its answer will hardly get one.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent.load(Ordering::Relaxed)
    }

    /// It is a node of the configuration no more: what is under way ends, and nothing is kept for later.
    pub(crate) fn retire(&self) {
        self.is_retired.store(true, Ordering::Relaxed);
        self.pools.iter().for_each(Pool::clear);
        self.meters.forget();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.is_retired.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Node")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// One request's place at a node, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lease(Arc<Node>);

impl Lease {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        node.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(node)
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.0
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
