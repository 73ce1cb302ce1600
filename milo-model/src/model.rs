//! The model as [`stateright`] wants it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use stateright::{Model, Property};

use crate::act::Act;
use crate::check::{LIVENESS, Promise, SAFETY, SIGHTS, Sight};
use crate::flaw::Flaw;
use crate::size::Size;
use crate::step::Rules;
use crate::world::World;

/// The booking protocol at one size, with a planted bug or without.
#[derive(Debug)]
pub struct Protocol {
    rules: Rules,
    /// How often each kind of act was taken.
    taken: Vec<(&'static str, AtomicU64)>,
}

impl Protocol {
    /// The protocol.
    pub fn new(size: Size, flaw: Option<Flaw>) -> Self {
        let taken = Act::KINDS.iter().map(|kind| (*kind, AtomicU64::new(0))).collect();
        Self {
            rules: Rules::new(size, flaw),
            taken,
        }
    }

    /// Its rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How often each kind of act was taken so far.
    pub fn taken(&self) -> BTreeMap<&'static str, u64> {
        self.taken
            .iter()
            .map(|(kind, count)| (*kind, count.load(Ordering::Relaxed)))
            .collect()
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World::new()]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        self.rules.acts(world, acts);
    }

    fn next_state(&self, world: &World, act: Act) -> Option<World> {
        self.taken[act.kind_index()].1.fetch_add(1, Ordering::Relaxed);
        let next = self.rules.after(world, act);
        (next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}

/// A property must be a plain function, so each promise gets its own by its place in the lists.
fn properties() -> Vec<Property<Protocol>> {
    fn promise<const AT: usize>() -> Property<Protocol> {
        let all = || SAFETY.iter().chain(LIVENESS.iter()).nth(AT);
        let name = all().map_or("", |promise: &Promise| promise.name);
        Property::always(name, |model: &Protocol, world: &World| {
            let promise = if AT < SAFETY.len() {
                &SAFETY[AT]
            } else {
                &LIVENESS[AT - SAFETY.len()]
            };
            (promise.kept)(&model.rules, world)
        })
    }
    fn sight<const AT: usize>() -> Property<Protocol> {
        let Sight { name, .. } = SIGHTS[AT];
        Property::sometimes(name, |model: &Protocol, world: &World| {
            (SIGHTS[AT].seen)(&model.rules, world)
        })
    }
    macro_rules! each {
        ($make:ident: $($at:literal)+) => {
            vec![$($make::<$at>()),+]
        };
    }
    let mut all = each!(promise: 0 1 2 3 4 5 6 7 8 9 10 11 12);
    all.extend(each!(sight: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22));
    all
}

const _: () = assert!(
    SAFETY.len() + LIVENESS.len() == 13 && SIGHTS.len() == 23,
    "every promise and sight is a property"
);
