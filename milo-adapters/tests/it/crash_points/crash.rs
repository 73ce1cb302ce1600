//! A process that dies at one of its calls.

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use milo_adapters::layers::{Layer, Operation, PortFailure};
use milo_core::Ports;
use tokio::sync::Semaphore;

use crate::stage::around;

/// On which side of its call the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The call was not made.
    Before,
    /// The call was made, and nobody hears its answer.
    After,
}

/// The call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where {
    /// With so many calls of any kind before it.
    Call(usize),
    /// The first of this operation of this port.
    First(&'static str, &'static str),
    /// The second of it.
    Second(&'static str, &'static str),
}

/// Ends a process at one call: from there on, it does nothing at all.
#[derive(Clone, Debug)]
pub(super) struct Crash(Arc<State>);

#[derive(Debug)]
struct State {
    place: Where,
    moment: Moment,
    seen: AtomicUsize,
    died: Semaphore,
}

impl Crash {
    pub(super) fn at(place: Where, moment: Moment) -> Self {
        Self(Arc::new(State {
            place,
            moment,
            seen: AtomicUsize::new(0),
            died: Semaphore::new(0),
        }))
    }

    /// The ports of the process that will die.
    pub(super) fn around(&self, ports: &Ports) -> Ports {
        around(ports, self)
    }

    /// Runs `work` until it ends or the process dies in it; none if it died. What it held in memory is gone then.
    pub(super) async fn survives<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            died = self.0.died.acquire() => {
                drop(died.expect("nobody closes it"));
                None
            }
            result = work => Some(result),
        }
    }

    /// Whether this call is the one.
    fn strikes(&self, operation: Operation) -> bool {
        let (counts, nth) = match self.0.place {
            Where::Call(nth) => (true, nth),
            Where::First(port, name) => ((port, name) == (operation.port, operation.name), 0),
            Where::Second(port, name) => ((port, name) == (operation.port, operation.name), 1),
        };
        counts && self.0.seen.fetch_add(1, Ordering::SeqCst) == nth
    }
}

impl Layer for Crash {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        if !self.strikes(operation) {
            return run().await;
        }
        if self.0.moment == Moment::After {
            // Whatever was answered, nobody hears it.
            let _unheard = run().await;
        }
        self.0.died.add_permits(1);
        pending().await
    }
}
