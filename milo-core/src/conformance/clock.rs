//! The suite of [`Clock`].

use std::sync::Arc;

use crate::ports::Clock;

use super::{Spawn, at_once};

/// A clock.
pub trait ClockFixture: Send + Sync {
    /// The clock under test.
    fn clock(&self) -> Arc<dyn Clock>;
}

/// Every time is one that every store keeps exactly.
pub async fn the_time_is_in_whole_microseconds(fixture: &impl ClockFixture) {
    let clock = fixture.clock();
    for _ in 0..1000 {
        assert_eq!(clock.now().subsec_nanosecond() % 1000, 0);
    }
}

/// The clock can be read from everywhere, and all see about the same time.
pub async fn the_time_is_the_same_everywhere(fixture: &impl ClockFixture, spawn: &dyn Spawn) {
    let clock = fixture.clock();
    let before = clock.now();
    let reads = (0..20).map(|_| {
        let clock = clock.clone();
        async move { clock.now() }
    });
    let times = at_once(spawn, reads).await;
    let after = clock.now();
    assert!(times.iter().all(|time| (before..=after).contains(time)));
}

/// Stamps the suite of the clock; takes a future that makes a [`ClockFixture`](crate::conformance::clock::ClockFixture).
#[macro_export]
macro_rules! clock_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            clock,
            $fixture,
            cases: [
                the_time_is_in_whole_microseconds,
            ],
            at_once: [
                the_time_is_the_same_everywhere,
            ],
        );
    };
}
