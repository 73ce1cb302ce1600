//! What a connection's reader and its service tell each other.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Refusal;

/// HTTP/1 answers in turn, so a request's number on its connection is name enough. HTTP/2 has no reader of ours: there nothing is refused here.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Requests that the service has taken.
    taken: AtomicU64,
    /// Those of them whose answers are not over.
    under_way: AtomicUsize,
    /// Whether one was refused: then nothing comes after it.
    over: AtomicBool,
    /// Why the request of this number, or its body, was refused.
    refused: Mutex<Option<(u64, Refusal)>>,
}

impl Turn {
    /// The service takes the next request. Says why it is refused, if it is.
    pub(crate) fn take(&self) -> Option<Refusal> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let number = self.taken.fetch_add(1, Ordering::Relaxed) + 1;
        self.why(number)
    }

    /// Why the body of the request that was taken last broke off, if that was our doing.
    pub(crate) fn broken(&self) -> Option<Refusal> {
        self.why(self.taken())
    }

    fn why(&self, number: u64) -> Option<Refusal> {
        if !self.over.load(Ordering::Acquire) {
            return None;
        }
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused
            .filter(|(refused, _)| *refused == number)
            .map(|(_, refusal)| refusal)
    }

    /// The answer to one of them is over.
    pub(crate) fn done(&self) {
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) > 0
    }

    /// How many requests there were.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(super) fn refuse(&self, number: u64, refusal: Refusal) {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, refusal));
        self.over.store(true, Ordering::Release);
    }
}
