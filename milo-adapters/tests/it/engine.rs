//! What the suites are run on: an adapter, and a clock that a test moves.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_adapters::memory::ManualClock;
use milo_core::conformance::EngineClock;
use milo_core::ports::Clock;

/// An adapter under test, and the clock that it judges by.
pub(crate) struct Engine<T: Inspected> {
    pub(crate) clock: ManualClock,
    pub(crate) adapter: Arc<T>,
}

/// What can be looked at when a case is over.
pub(crate) trait Inspected {
    fn inspect(&self) {}
}

impl<T: Inspected> Engine<T> {
    pub(crate) async fn new(adapter: fn(Arc<dyn Clock>) -> T) -> Self {
        let clock = ManualClock::default();
        Self {
            adapter: Arc::new(adapter(Arc::new(clock.clone()))),
            clock,
        }
    }
}

impl<T: Inspected> Drop for Engine<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.adapter.inspect();
        }
    }
}

#[async_trait]
impl<T: Inspected + Send + Sync> EngineClock for Engine<T> {
    async fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn is_manual(&self) -> bool {
        true
    }
}
