//! One after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Nodes, Policy, nth};

/// Gives each node its turn: fair to one request, over any stretch in which the same nodes may be picked, from any number of threads.
///
/// A node with less than a full share passes on the turns that it does not take.
#[derive(Debug, Default)]
pub struct RoundRobin {
    turn: AtomicUsize,
    /// Turns that fell to a node with less than a full share.
    partial: AtomicUsize,
}

impl Policy for RoundRobin {
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize> {
        let mut picked = None;
        // As often as there are nodes: if all pass, the last one is asked all the same.
        for _ in 0..nodes.len() {
            let (index, load) = nth(nodes, self.turn.fetch_add(1, Ordering::Relaxed))?;
            picked = Some(index);
            if load.share.is_full() || load.share.takes(self.partial.fetch_add(1, Ordering::Relaxed)) {
                break;
            }
        }
        picked
    }
}
