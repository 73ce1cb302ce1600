//! The policies by their rules.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use milo_lb::policy::{Load, Nodes, Policy, PolicyName, Share};
use proptest::prelude::*;

/// Nodes that stay as they are.
#[derive(Clone, Debug)]
struct Still(Vec<Option<Load>>);

impl Nodes for Still {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, index: usize) -> Option<Load> {
        self.0[index]
    }
}

const ALL: [PolicyName; 3] = [
    PolicyName::RoundRobin,
    PolicyName::LeastConnections,
    PolicyName::PowerOfTwo,
];

fn full(in_flight: usize) -> Load {
    Load {
        in_flight,
        share: Share::FULL,
    }
}

fn load() -> impl Strategy<Value = Load> {
    (0_usize..50, prop_oneof![3 => Just(1024_u16), 1 => 1_u16..1024]).prop_map(|(in_flight, parts)| Load {
        in_flight,
        share: Share::new(parts),
    })
}

fn nodes() -> impl Strategy<Value = Still> {
    proptest::collection::vec(proptest::option::weighted(0.7, load()), 0..12).prop_map(Still)
}

fn counts(policy: &dyn Policy, nodes: &Still, picks: usize) -> Vec<usize> {
    let mut counts = vec![0; nodes.len()];
    for _ in 0..picks {
        counts[policy.pick(nodes).unwrap()] += 1;
    }
    counts
}

proptest! {
    #[test]
    fn no_policy_picks_a_node_that_is_not_to_be_picked(nodes in nodes(), picks in 1_usize..40) {
        for name in ALL {
            let policy = name.build();
            for _ in 0..picks {
                if let Some(index) = policy.pick(&nodes) {
                    prop_assert!(nodes.load(index).is_some(), "{name:?}");
                }
            }
        }
    }

    #[test]
    fn every_policy_picks_if_any_node_may_be_picked(nodes in nodes()) {
        let any = nodes.0.iter().any(Option::is_some);
        for name in ALL {
            prop_assert_eq!(name.build().pick(&nodes).is_some(), any, "{:?}", name);
        }
    }

    #[test]
    fn round_robin_is_fair_to_one(eligible in proptest::collection::vec(any::<bool>(), 1..12), picks in 0_usize..500) {
        prop_assume!(eligible.contains(&true));
        let nodes = Still(eligible.iter().map(|&is| is.then(|| full(7))).collect());
        let counts = counts(&*PolicyName::RoundRobin.build(), &nodes, picks);
        let fair: Vec<usize> = (0..counts.len()).filter(|&index| eligible[index]).map(|index| counts[index]).collect();
        prop_assert!(fair.iter().max().unwrap() - fair.iter().min().unwrap() <= 1, "{:?}", fair);
    }

    #[test]
    fn least_connections_never_picks_a_busier_node(nodes in nodes(), picks in 1_usize..20) {
        let policy = PolicyName::LeastConnections.build();
        for _ in 0..picks {
            let Some(index) = policy.pick(&nodes) else { continue };
            let picked = nodes.load(index).unwrap();
            for other in nodes.0.iter().flatten().filter(|other| other.share >= picked.share) {
                prop_assert!(picked.in_flight <= other.in_flight, "{:?} before {:?}", picked, other);
            }
        }
    }

    #[test]
    fn power_of_two_never_picks_the_busiest_of_different_ones(idle in 0_usize..5, more in 1_usize..5, count in 2_usize..8) {
        let mut loads = vec![Some(full(idle)); count];
        loads[0] = Some(full(idle + more));
        let counts = counts(&*PolicyName::PowerOfTwo.build(), &Still(loads), 200);
        prop_assert_eq!(counts[0], 0);
    }

    #[test]
    fn a_node_takes_the_share_of_its_turns(parts in 1_u16..=1024) {
        let share = Share::new(parts);
        let nodes = Still(vec![Some(Load { in_flight: 0, share }), Some(full(0)), Some(full(0))]);
        let counts = counts(&*PolicyName::RoundRobin.build(), &nodes, 9_000);
        prop_assert!(counts[1].abs_diff(counts[2]) <= 1, "{:?}, {} parts", counts, parts);
        let expected = counts[1] as f64 * f64::from(parts) / 1024.0;
        prop_assert!((counts[0] as f64 - expected).abs() <= 2.0, "{:?}, {} parts", counts, parts);
    }
}

#[test]
fn idle_nodes_share_evenly_under_least_connections() {
    let nodes = Still(vec![Some(full(0)); 4]);
    assert_eq!(counts(&*PolicyName::LeastConnections.build(), &nodes, 400), [100; 4]);
}

#[test]
fn nodes_share_evenly_under_least_connections_beside_one_that_is_not_to_be_picked() {
    let nodes = Still(vec![Some(full(0)), None, Some(full(0)), Some(full(0))]);
    assert_eq!(
        counts(&*PolicyName::LeastConnections.build(), &nodes, 300),
        [100, 0, 100, 100]
    );
}

#[test]
fn nodes_of_one_share_take_as_many_turns_as_each_other() {
    for parts in [102, 256, 512, 768] {
        let slow = Some(Load {
            in_flight: 0,
            share: Share::new(parts),
        });
        for fulls in 0..3 {
            let mut nodes = vec![slow; 2];
            nodes.resize(2 + fulls, Some(full(0)));
            let counts = counts(&*PolicyName::RoundRobin.build(), &Still(nodes), 9_000);
            assert!(counts[0].abs_diff(counts[1]) <= 1, "{counts:?}, {parts} parts");
        }
    }
}

#[test]
fn round_robin_is_fair_from_many_threads_at_once() {
    let nodes = Still(vec![Some(full(0)), None, Some(full(0)), Some(full(0))]);
    let policy = PolicyName::RoundRobin.build();
    let total = Mutex::new(vec![0; 4]);

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let counts = counts(&*policy, &nodes, 3_000);
                for (total, count) in total.lock().unwrap().iter_mut().zip(counts) {
                    *total += count;
                }
            });
        }
    });

    assert_eq!(*total.lock().unwrap(), [8_000, 0, 8_000, 8_000]);
}

/// Nodes whose load is what is under way at them.
struct Busy(Vec<AtomicUsize>);

impl Nodes for Busy {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, index: usize) -> Option<Load> {
        Some(full(self.0[index].load(Ordering::Relaxed)))
    }
}

#[test]
fn least_connections_keeps_nodes_level_from_many_threads_at_once() {
    const THREADS: usize = 8;
    let nodes = Busy((0..4).map(|_| AtomicUsize::new(0)).collect());
    let policy = PolicyName::LeastConnections.build();

    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let index = policy.pick(&nodes).unwrap();
                    nodes.0[index].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });

    // Each thread may have looked before the others had counted.
    let loads: Vec<usize> = nodes.0.iter().map(|load| load.load(Ordering::Relaxed)).collect();
    assert!(
        loads.iter().max().unwrap() - loads.iter().min().unwrap() <= THREADS,
        "{loads:?}"
    );
}
