//! One after the other.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Nodes, Policy, Share, nth};

/// Gives each node its turn: fair to one request, over any stretch in which the same nodes may be picked, from any number of threads.
///
/// A node with a smaller share than the fullest passes on the turns that it does not take. Shares count against the fullest, so that nodes which all came
/// back at once still share evenly.
#[derive(Debug, Default)]
pub struct RoundRobin {
    turn: AtomicUsize,
}

impl Policy for RoundRobin {
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize> {
        let loads = || (0..nodes.len()).filter_map(|index| nodes.load(index));
        let (count, fullest) = loads().fold((0, Share::SMALLEST), |(count, fullest), load| {
            (count + 1, fullest.max(load.share))
        });
        let mut picked = None;
        // Once around: the fullest node takes every turn, so somebody takes one.
        for _ in 0..count {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            let (index, load) = nth(nodes, turn % count)?;
            picked = Some(index);
            // By the node's own rounds: turns counted over several nodes could fall to each with the same ones always.
            if load.share.of(fullest).takes(turn / count) {
                break;
            }
        }
        picked
    }
}
