//! Which node is next. Pure: a policy sees numbers and says an index.
//!
//! A policy is asked for every request and from many threads at once, so it takes no lock and allocates nothing.

mod least_connections;
mod power_of_two;
mod round_robin;
mod share;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

pub use least_connections::LeastConnections;
pub use power_of_two::PowerOfTwo;
pub use round_robin::RoundRobin;
pub use share::Share;

/// The nodes as a policy sees them, read where they are: nothing is copied.
pub trait Nodes {
    /// How many there are; their indices are below.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a node has to do; none if it is not to be picked. The answer may change from one call to the next.
    fn load(&self, index: usize) -> Option<Load>;
}

/// What a node has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Requests that it has not answered in full.
    pub in_flight: usize,
    /// What part of its turns it takes.
    pub share: Share,
}

/// Says which node is next.
pub trait Policy: Debug + Send + Sync {
    /// The next node, or none if none may be picked. Never one whose load was none.
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize>;
}

/// The policies by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyName {
    /// One after the other.
    RoundRobin,
    /// The one with the fewest requests under way.
    LeastConnections,
    /// The better of two that are drawn.
    PowerOfTwo,
}

impl PolicyName {
    /// The policy of this name, at its beginning.
    #[must_use]
    pub fn build(self) -> Box<dyn Policy> {
        match self {
            Self::RoundRobin => Box::new(RoundRobin::default()),
            Self::LeastConnections => Box::new(LeastConnections::default()),
            Self::PowerOfTwo => Box::new(PowerOfTwo),
        }
    }
}

/// Of the nodes that may be picked, the one of this place, counted from 0.
///
/// If there are fewer by now than when they were counted, the last.
fn nth(nodes: &dyn Nodes, place: usize) -> Option<(usize, Load)> {
    let mut places_left = place;
    let mut last = None;
    for index in 0..nodes.len() {
        let Some(load) = nodes.load(index) else { continue };
        last = Some((index, load));
        if places_left == 0 {
            break;
        }
        places_left -= 1;
    }
    last
}
