//! What is known of a node, by its rules.

use std::time::{Duration, Instant};

use milo_lb::config::{EjectionConfig, HealthConfig};
use milo_lb::health::{Check, Health, Outcome, Standing};
use milo_lb::policy::Share;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);
const READY: Standing = Standing::Ready(Share::FULL);

/// A node and the time.
struct Node {
    health: Health,
    now: Instant,
}

impl Node {
    /// Two passes bring it back, three silences take it out; two broken connections or three errors eject it for a second; slow start takes ten.
    fn new() -> Self {
        let checks = HealthConfig {
            up_after: 2,
            down_after: 3,
            slow_start: SECOND * 10,
            ..HealthConfig::default()
        };
        let ejection = EjectionConfig {
            after_broken: 2,
            after_errors: 3,
            time: SECOND,
            time_max: SECOND * 5,
            ..EjectionConfig::default()
        };
        Self {
            health: Health::new(&checks, &ejection),
            now: Instant::now(),
        }
    }

    fn ready() -> Self {
        let mut node = Self::new();
        node.checks(&[Check::Passed]);
        node
    }

    fn checks(&mut self, found: &[Check]) {
        for check in found {
            self.health.check(self.now, *check);
        }
    }

    fn requests(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.health.outcome(self.now, *outcome, true);
        }
    }

    fn later(&mut self, time: Duration) {
        self.now += time;
    }

    fn stands(&self) -> Standing {
        self.health.standing(self.now)
    }
}

const REFUSED: Check = Check::Refused { status: 503 };
const ERROR: Outcome = Outcome::Answered { status: 500 };
const GOOD: Outcome = Outcome::Answered { status: 200 };

#[test]
fn a_node_that_was_not_checked_is_a_last_resort() {
    assert_eq!(Node::new().stands(), Standing::Unready);
}

#[test]
fn the_first_check_that_passes_makes_a_node_ready_at_once() {
    assert_eq!(Node::ready().stands(), READY);
}

#[test]
fn a_node_that_says_it_is_not_ready_is_believed_at_once_and_comes_back_at_full_speed() {
    let mut node = Node::ready();
    node.checks(&[REFUSED]);
    assert_eq!(node.stands(), Standing::Unready);
    node.checks(&[Check::Passed]);
    assert_eq!(node.stands(), Standing::Unready);
    node.checks(&[Check::Passed]);
    assert_eq!(node.stands(), READY);
}

#[test]
fn silence_takes_a_node_out_after_some_checks_only() {
    let mut node = Node::ready();
    node.checks(&[Check::NoAnswer, Check::NoAnswer]);
    assert_eq!(node.stands(), READY);
    node.checks(&[Check::NoAnswer]);
    assert_eq!(node.stands(), Standing::Out);
}

#[test]
fn a_pass_between_starts_the_count_of_silences_anew() {
    let mut node = Node::ready();
    node.checks(&[
        Check::NoAnswer,
        Check::NoAnswer,
        Check::Passed,
        Check::NoAnswer,
        Check::NoAnswer,
    ]);
    assert_eq!(node.stands(), READY);
}

#[test]
fn a_node_that_was_silent_comes_back_slowly() {
    let mut node = Node::ready();
    node.checks(&[Check::NoAnswer; 3]);
    node.checks(&[Check::Passed; 2]);

    let mut shares = Vec::new();
    for _ in 0..11 {
        let Standing::Ready(share) = node.stands() else {
            panic!("it is not back")
        };
        shares.push(share);
        node.later(SECOND);
    }

    assert!(shares.is_sorted(), "{shares:?}");
    assert!(
        shares[0] < Share::new(200) && shares[5] >= Share::new(500),
        "{shares:?}"
    );
    assert_eq!(shares[10], Share::FULL);
}

#[test]
fn a_node_that_was_silent_comes_back_slowly_even_if_it_says_first_that_it_is_not_ready() {
    let mut node = Node::ready();
    node.checks(&[Check::NoAnswer; 3]);
    node.checks(&[REFUSED, Check::Passed, Check::Passed]);
    assert!(matches!(node.stands(), Standing::Ready(share) if !share.is_full()));
}

#[test]
fn a_node_that_was_silent_during_its_ejection_comes_back_slowly_when_that_ends() {
    let mut node = Node::ready();
    for _ in 0..6 {
        node.requests(&[ERROR; 3]);
        while node.stands() == Standing::Out {
            node.later(Duration::from_millis(500));
        }
    }
    // The next one takes five seconds; the checks find it back at its beginning.
    node.requests(&[ERROR; 3]);
    node.checks(&[Check::NoAnswer; 3]);
    node.checks(&[Check::Passed; 2]);
    node.later(SECOND * 5);
    assert!(matches!(node.stands(), Standing::Ready(share) if share < Share::new(200)));
}

#[test]
fn broken_connections_in_a_row_eject_a_node() {
    for trouble in [Outcome::Unreachable, Outcome::Broken] {
        let mut node = Node::ready();
        node.requests(&[trouble, GOOD, trouble]);
        assert_eq!(node.stands(), READY, "{trouble:?}");
        node.requests(&[trouble]);
        assert_eq!(node.stands(), Standing::Out, "{trouble:?}");
    }
}

#[test]
fn errors_in_a_row_eject_a_node() {
    let mut node = Node::ready();
    node.requests(&[ERROR, ERROR, GOOD, ERROR, ERROR]);
    assert_eq!(node.stands(), READY);
    node.requests(&[ERROR]);
    assert_eq!(node.stands(), Standing::Out);
}

#[test]
fn errors_do_not_eject_a_node_when_too_many_are_out() {
    let mut node = Node::ready();
    for _ in 0..20 {
        node.health.outcome(node.now, ERROR, false);
    }
    assert_eq!(node.stands(), READY);
}

#[test]
fn an_ejection_ends_by_itself_and_the_node_comes_back_slowly() {
    let mut node = Node::ready();
    node.requests(&[ERROR; 3]);
    node.later(SECOND - Duration::from_millis(1));
    assert_eq!(node.stands(), Standing::Out);
    node.later(Duration::from_millis(1));
    assert!(matches!(node.stands(), Standing::Ready(share) if !share.is_full()));
}

#[test]
fn each_ejection_in_a_row_lasts_twice_as_long_up_to_the_longest() {
    let mut node = Node::ready();
    let mut lengths = Vec::new();
    for _ in 0..5 {
        node.requests(&[ERROR; 3]);
        let begun = node.now;
        while node.stands() == Standing::Out {
            node.later(Duration::from_millis(500));
        }
        lengths.push((node.now - begun).as_secs());
    }
    assert_eq!(lengths, [1, 2, 4, 5, 5]);
}

#[test]
fn ejections_are_forgotten_after_a_good_while() {
    let mut node = Node::ready();
    node.requests(&[ERROR; 3]);
    node.later(SECOND * 20);
    node.requests(&[ERROR; 3]);
    node.later(SECOND);
    assert_ne!(node.stands(), Standing::Out);
}

#[test]
fn requests_that_were_under_way_at_an_ejection_do_not_count_after_it() {
    for trouble in [Outcome::Broken, ERROR] {
        let mut node = Node::ready();
        node.requests(&[trouble; 10]);
        node.later(SECOND);
        node.requests(&[trouble]);
        assert_ne!(node.stands(), Standing::Out, "{trouble:?}");
    }
}

#[test]
fn ejections_are_not_forgotten_while_the_node_is_silent() {
    let mut node = Node::ready();
    node.requests(&[ERROR; 3]);
    node.checks(&[Check::NoAnswer; 3]);
    node.later(SECOND * 60);
    node.checks(&[Check::Passed; 2]);
    node.requests(&[ERROR; 3]);
    node.later(SECOND);
    assert_eq!(node.stands(), Standing::Out);
}

#[test]
fn a_node_that_was_started_again_is_back_before_its_time() {
    let mut node = Node::ready();
    for _ in 0..3 {
        node.requests(&[Outcome::Unreachable; 2]);
        node.checks(&[Check::Passed]);
        assert_eq!(node.stands(), Standing::Out);
        node.checks(&[Check::Passed]);
        assert!(matches!(node.stands(), Standing::Ready(_)));
    }
}

#[test]
fn checks_that_pass_do_not_end_an_ejection_for_errors() {
    let mut node = Node::ready();
    node.requests(&[ERROR; 3]);
    node.checks(&[Check::Passed; 10]);
    assert_eq!(node.stands(), Standing::Out);
}

#[test]
fn a_node_that_is_drained_gets_nothing_until_it_is_undrained() {
    let mut node = Node::ready();
    node.health.drain();
    node.checks(&[Check::Passed; 5]);
    assert_eq!(node.stands(), Standing::Draining);
    node.health.undrain();
    assert_eq!(node.stands(), READY);
}

#[derive(Clone, Debug)]
enum Event {
    Check(Check),
    Request(Outcome, bool),
    Later(u64),
    Drain(bool),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Check(Check::Passed)),
        Just(Event::Check(REFUSED)),
        Just(Event::Check(Check::NoAnswer)),
        (
            prop_oneof![
                Just(GOOD),
                Just(ERROR),
                Just(Outcome::Unreachable),
                Just(Outcome::Broken)
            ],
            any::<bool>()
        )
            .prop_map(|(outcome, may_eject)| Event::Request(outcome, may_eject)),
        (1_u64..3_000).prop_map(Event::Later),
        any::<bool>().prop_map(Event::Drain),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_a_node_never_stands_against_its_rules(events in proptest::collection::vec(event(), 0..200)) {
        let mut node = Node::new();
        let (mut drained, mut silences, mut was_out) = (false, 0, false);
        for event in events {
            match event {
                Event::Check(check) => {
                    silences = if check == Check::NoAnswer { silences + 1 } else { 0 };
                    node.checks(&[check]);
                    if matches!(check, Check::Refused { .. }) {
                        prop_assert!(!matches!(node.stands(), Standing::Ready(_)));
                    }
                }
                Event::Request(outcome, may_eject) => node.health.outcome(node.now, outcome, may_eject),
                Event::Later(milliseconds) => node.later(Duration::from_millis(milliseconds)),
                Event::Drain(true) => { node.health.drain(); drained = true }
                Event::Drain(false) => { node.health.undrain(); drained = false }
            }
            let stands = node.stands();
            prop_assert_eq!(stands == Standing::Draining, drained);
            if node.health.is_ejected(node.now) || silences >= 3 {
                prop_assert!(matches!(stands, Standing::Out | Standing::Draining));
            }
            if let Standing::Ready(share) = stands {
                prop_assert!(!was_out || !share.is_full(), "it came back at full speed");
                was_out = false;
            }
            // Its slow start may pass unseen while it is drained.
            was_out = !drained && (was_out || stands == Standing::Out);
            let left = node.health.snapshot(node.now).ejected_for_ms;
            prop_assert!(left <= 5_000, "{} ms", left);
        }
        // Whatever was: a node that only does well is wholly ready in the end.
        node.health.undrain();
        for _ in 0..40 {
            node.later(SECOND);
            node.checks(&[Check::Passed]);
            node.requests(&[GOOD]);
        }
        prop_assert_eq!(node.stands(), READY);
    }
}
