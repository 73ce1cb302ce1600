//! Which node a request goes to next.

use std::sync::Arc;

use super::Live;
use crate::health::Standing;
use crate::node::{Lease, Node};
use crate::policy::{Load, Nodes, Share};

/// The nodes that one request was sent to, or could not be: none is asked twice.
#[derive(Debug, Default)]
pub(crate) struct Tried(Vec<usize>);

impl Tried {
    pub(crate) fn push(&mut self, index: usize) {
        self.0.push(index);
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }
}

/// The nodes that are in question, as a policy sees them.
struct View<'a> {
    nodes: &'a [Arc<Node>],
    tried: &'a Tried,
    requests_max: usize,
    /// Whether those that say they are not ready are in question, and not those that are.
    is_last_resort: bool,
}

impl Nodes for View<'_> {
    fn len(&self) -> usize {
        self.nodes.len()
    }

    fn load(&self, index: usize) -> Option<Load> {
        let node = &self.nodes[index];
        let share = match node.standing() {
            Standing::Ready(share) if !self.is_last_resort => share,
            Standing::Unready if self.is_last_resort => Share::FULL,
            _ => return None,
        };
        let in_flight = node.in_flight();
        (in_flight < self.requests_max && !self.tried.0.contains(&index)).then_some(Load { in_flight, share })
    }
}

impl Live {
    /// The next node, and a place there.
    ///
    /// If none is ready, one that answers but says it is not: what ails all of them, a store that is away say, may leave much that they still can do, and
    /// their refusals say more than ours.
    pub(crate) fn pick(&self, tried: &Tried) -> Option<(usize, Lease)> {
        let mut view = View {
            nodes: &self.nodes,
            tried,
            requests_max: self.config.upstream.requests_max,
            is_last_resort: false,
        };
        let index = self.policy.pick(&view).or_else(|| {
            view.is_last_resort = true;
            self.policy.pick(&view)
        })?;
        Some((index, Lease::new(self.nodes[index].clone())))
    }

    /// Whether one more node may be ejected for its errors.
    pub(crate) fn may_eject(&self) -> bool {
        let out = self
            .nodes
            .iter()
            .filter(|node| node.standing() == Standing::Out)
            .count();
        (out + 1) * 100 <= self.nodes.len() * usize::from(self.config.ejection.share_max_percent)
    }
}
