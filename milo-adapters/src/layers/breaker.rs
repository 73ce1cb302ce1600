//! A circuit breaker: what does not answer is left alone for a while, so that callers fail at once instead of waiting.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When a circuit breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// After this many failures in a row nobody is let through.
    pub failures_max: NonZeroU32,
    /// For this long; then one call probes, and nobody else until it has an answer.
    pub open_for: Duration,
}

/// A circuit breaker that many callers share. Closed, it lets everybody through; after some failures in a row it opens,
/// and refuses; after a while it lets one call through, whose outcome closes it or opens it again.
///
/// It keeps no clock: the caller says what time it is.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing { since: Instant },
}

/// What a call's outcome did to the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// Nobody is let through from now on.
    Opened,
    /// Everybody is let through again.
    Closed,
}

/// The right to make one call. Dropped without an outcome, it counts as if the call had never been made.
#[derive(Debug)]
#[must_use = "a pass without an outcome teaches the breaker nothing"]
pub struct Pass<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Lets a call through, or not.
    pub fn pass(&self, now: Instant) -> Option<Pass<'_>> {
        let mut state = self.state();
        let is_probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until <= now => {
                *state = State::Probing { since: now };
                true
            }
            State::Open { .. } | State::Probing { .. } => return None,
        };
        Some(Pass {
            breaker: self,
            is_probe,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The call was answered.
    pub fn succeeded(mut self) -> Change {
        let mut state = self.breaker.state();
        match *state {
            State::Probing { .. } if self.is_probe => {
                self.is_probe = false;
                *state = State::Closed { failures: 0 };
                Change::Closed
            }
            State::Closed { .. } => {
                *state = State::Closed { failures: 0 };
                Change::None
            }
            // An answer to a call from before: the probe will tell.
            State::Open { .. } | State::Probing { .. } => Change::None,
        }
    }

    /// The call was not answered.
    pub fn failed(mut self, now: Instant) -> Change {
        let settings = self.breaker.settings;
        let open = State::Open {
            until: now + settings.open_for,
        };
        let mut state = self.breaker.state();
        match *state {
            State::Probing { .. } if self.is_probe => {
                self.is_probe = false;
                *state = open;
                Change::None
            }
            State::Closed { failures } if failures + 1 >= settings.failures_max.get() => {
                *state = open;
                Change::Opened
            }
            State::Closed { failures } => {
                *state = State::Closed { failures: failures + 1 };
                Change::None
            }
            State::Open { .. } | State::Probing { .. } => Change::None,
        }
    }
}

impl Drop for Pass<'_> {
    /// A probe that was given up makes room for another one.
    fn drop(&mut self) {
        if self.is_probe {
            let mut state = self.breaker.state();
            if let State::Probing { since } = *state {
                *state = State::Open { until: since };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_secs(1);
    const INSTANT: Duration = Duration::from_nanos(1);

    /// A breaker that opens after three failures, and the time it is told.
    struct Scene {
        breaker: Breaker,
        now: Instant,
    }

    impl Scene {
        fn closed() -> Self {
            let failures_max = NonZeroU32::new(3).unwrap();
            Self {
                breaker: Breaker::new(BreakerSettings {
                    failures_max,
                    open_for: OPEN_FOR,
                }),
                now: Instant::now(),
            }
        }

        fn open() -> Self {
            let scene = Self::closed();
            for _ in 0..3 {
                scene.fail();
            }
            scene
        }

        fn pass(&self) -> Option<Pass<'_>> {
            self.breaker.pass(self.now)
        }

        fn fail(&self) -> Change {
            self.pass().unwrap().failed(self.now)
        }

        fn succeed(&self) -> Change {
            self.pass().unwrap().succeeded()
        }
    }

    #[test]
    fn it_opens_after_the_given_failures_in_a_row() {
        let scene = Scene::closed();
        assert_eq!([scene.fail(), scene.fail()], [Change::None, Change::None]);
        assert_eq!(scene.fail(), Change::Opened);
        assert!(scene.pass().is_none());
    }

    #[test]
    fn a_success_in_between_begins_the_count_anew() {
        let scene = Scene::closed();
        for _ in 0..10 {
            scene.fail();
            scene.fail();
            assert_eq!(scene.succeed(), Change::None);
        }
        assert!(scene.pass().is_some());
    }

    #[test]
    fn it_stays_open_for_its_time_and_then_lets_one_probe_through() {
        let mut scene = Scene::open();
        scene.now += OPEN_FOR - INSTANT;
        assert!(scene.pass().is_none());
        scene.now += INSTANT;
        let probe = scene.pass().unwrap();
        assert!(scene.pass().is_none(), "one probe at a time");
        assert_eq!(probe.succeeded(), Change::Closed);
        assert!(scene.pass().is_some());
    }

    #[test]
    fn a_failed_probe_opens_it_for_its_time_again() {
        let mut scene = Scene::open();
        scene.now += OPEN_FOR;
        assert_eq!(scene.fail(), Change::None, "it was open before");
        scene.now += OPEN_FOR - INSTANT;
        assert!(scene.pass().is_none());
        scene.now += INSTANT;
        assert_eq!(scene.succeed(), Change::Closed);
    }

    #[test]
    fn a_probe_that_was_given_up_makes_room_for_another() {
        let mut scene = Scene::open();
        scene.now += OPEN_FOR;
        drop(scene.pass().unwrap());
        assert_eq!(scene.succeed(), Change::Closed);
    }

    #[test]
    fn a_late_outcome_of_an_earlier_call_decides_nothing() {
        let mut scene = Scene::closed();
        let (slow, slower) = (scene.pass().unwrap(), scene.pass().unwrap());
        let now = scene.now;
        for _ in 0..3 {
            scene.breaker.pass(now).unwrap().failed(now);
        }
        assert_eq!(slow.succeeded(), Change::None);
        assert!(scene.breaker.pass(now).is_none(), "still open");
        let later = now + OPEN_FOR;
        let probe = scene.breaker.pass(later).unwrap();
        assert_eq!(slower.failed(later), Change::None);
        assert_eq!(probe.succeeded(), Change::Closed);
        scene.now = later;
        assert!(scene.pass().is_some());
    }

    #[test]
    fn a_call_given_up_while_closed_is_no_failure() {
        let scene = Scene::closed();
        for _ in 0..10 {
            drop(scene.pass().unwrap());
        }
        assert!(scene.pass().is_some());
    }
}
