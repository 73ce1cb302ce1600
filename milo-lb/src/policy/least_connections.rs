//! The node with the least to do.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Load, Nodes, Policy};

/// Picks the node with the fewest requests under way, each weighed by the node's share; of several, each in its turn.
#[derive(Debug, Default)]
pub struct LeastConnections {
    turn: AtomicUsize,
}

/// How busy a node would be with one request more.
pub(super) fn burden(load: Load) -> u64 {
    (load.in_flight as u64 + 1) * 1024 * 1024 / u64::from(load.share.parts())
}

impl Policy for LeastConnections {
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize> {
        let burdens = || (0..nodes.len()).filter_map(|index| Some((burden(nodes.load(index)?), index)));
        let (mut least, mut first, mut equals) = (u64::MAX, None, 0);
        for (burden, index) in burdens() {
            if first.is_none() || burden < least {
                (least, first, equals) = (burden, Some(index), 1);
            } else if burden == least {
                equals += 1;
            }
        }
        // Only those with the least to do take turns: were it all nodes, whoever follows a busy one would have its turns too.
        let place = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(equals)?;
        let mut equal = burdens().filter(|&(burden, _)| burden <= least).map(|(_, index)| index);
        // Some may have got more to do meanwhile.
        equal.nth(place).or(first)
    }
}
