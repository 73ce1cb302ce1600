//! One check from beginning to end, and what it found.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use crate::check::{LIVENESS, SAFETY};
use crate::flaw::Flaw;
use crate::model::Protocol;
use crate::size::Size;

/// What to check, and how far.
#[derive(Clone, Debug)]
pub struct Run {
    /// How large.
    pub size: Size,
    /// The planted bug.
    pub flaw: Option<Flaw>,
    /// Stop when about this many states were visited; none visits all.
    pub states_max: Option<usize>,
    /// Go on until a promise whose name begins so is broken; without it, any broken promise ends the check.
    pub until: Option<String>,
    /// How many threads.
    pub threads: usize,
}

/// A promise that was broken, and the shortest way there.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Finding {
    /// The promise.
    pub promise: &'static str,
    /// What happens, in order.
    pub path: Vec<String>,
}

/// What a check came to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// How large the model was.
    pub size: Size,
    /// The planted bug.
    pub flaw: Option<Flaw>,
    /// Whether every state was visited.
    pub exhausted: bool,
    /// Different states.
    pub states: usize,
    /// Steps from state to state.
    pub steps: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// How long it took.
    pub seconds: f64,
    /// How many promises were asked for in every state.
    pub promises: usize,
    /// The broken ones.
    pub broken: Vec<Finding>,
    /// What was seen that must be seen.
    pub seen: Vec<&'static str>,
    /// What was not.
    pub unseen: Vec<&'static str>,
    /// How often each kind of act was taken.
    pub acts: BTreeMap<&'static str, u64>,
}

impl Run {
    /// Visits every state of a model.
    pub fn new(size: Size) -> Self {
        Self {
            size,
            flaw: None,
            states_max: None,
            until: None,
            threads: 1,
        }
    }

    /// Plants a bug.
    #[must_use]
    pub fn with(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// When the check is over before every state was visited.
    fn end(&self) -> HasDiscoveries {
        let Some(prefix) = &self.until else {
            return HasDiscoveries::AnyFailures;
        };
        let promises = SAFETY.iter().chain(&LIVENESS).map(|promise| promise.name);
        HasDiscoveries::AnyOf(promises.filter(|name| name.starts_with(prefix)).collect())
    }

    /// Runs. `progress` is told the states visited so far and the depth, about once in two seconds.
    pub fn run(&self, mut progress: impl FnMut(usize, usize)) -> Outcome {
        let started = Instant::now();
        let mut builder = Protocol::new(self.size.clone(), self.flaw)
            .checker()
            .threads(self.threads);
        builder = builder.finish_when(self.end());
        if let Some(most) = self.states_max {
            builder = builder.target_state_count(most);
        }
        let checker = builder.spawn_bfs();
        let mut told = Instant::now();
        while !checker.is_done() {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() > Duration::from_secs(2) {
                progress(checker.unique_state_count(), checker.max_depth());
                told = Instant::now();
            }
        }
        let checker = checker.join();
        let model = checker.model();
        let mut outcome = Outcome {
            size: self.size.clone(),
            flaw: self.flaw,
            exhausted: false,
            states: checker.unique_state_count(),
            steps: checker.state_count(),
            depth: checker.max_depth(),
            seconds: started.elapsed().as_secs_f64(),
            promises: 0,
            broken: Vec::new(),
            seen: Vec::new(),
            unseen: Vec::new(),
            acts: model.taken(),
        };
        let mut found = checker.discoveries();
        for Property { name, expectation, .. } in model.properties() {
            let path = found.remove(name);
            match (expectation, path) {
                (Expectation::Sometimes, Some(_)) => outcome.seen.push(name),
                (Expectation::Sometimes, None) => outcome.unseen.push(name),
                (_, path) => {
                    outcome.promises += 1;
                    let steps = path.map(stateright::Path::into_vec);
                    outcome.broken.extend(steps.map(|steps| {
                        Finding {
                            promise: name,
                            path: steps
                                .into_iter()
                                .filter_map(|(world, act)| Some(act?.words(&world)))
                                .collect(),
                        }
                    }));
                }
            }
        }
        outcome.exhausted = outcome.broken.is_empty() && self.states_max.is_none_or(|most| outcome.steps < most);
        outcome
    }
}
