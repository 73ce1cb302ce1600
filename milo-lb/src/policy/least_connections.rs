//! The node with the least to do.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Load, Nodes, Policy};

/// Picks the node with the fewest requests under way, each weighed by the node's share; of several, each in its turn.
#[derive(Debug, Default)]
pub struct LeastConnections {
    start: AtomicUsize,
}

/// How busy a node would be with one request more.
pub(super) fn burden(load: Load) -> u64 {
    (load.in_flight as u64 + 1) * 1024 * 1024 / u64::from(load.share.parts())
}

impl Policy for LeastConnections {
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize> {
        let count = nodes.len();
        let start = self.start.fetch_add(1, Ordering::Relaxed);
        let from_start = (0..count).map(|offset| start.wrapping_add(offset) % count);
        from_start
            .filter_map(|index| Some((burden(nodes.load(index)?), index)))
            .min_by_key(|&(burden, _)| burden)
            .map(|(_, index)| index)
    }
}
