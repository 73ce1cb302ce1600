//! The better of two that are drawn.

use super::least_connections::burden;
use super::{Nodes, Policy, nth};

/// Draws two nodes and picks the one with less to do: nearly as even as looking at all, and several balancers that do not know of each other do not all
/// run to the same node.
///
/// Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (2001).
#[derive(Debug, Default)]
pub struct PowerOfTwo;

impl Policy for PowerOfTwo {
    fn pick(&self, nodes: &dyn Nodes) -> Option<usize> {
        let count = (0..nodes.len()).filter(|&index| nodes.load(index).is_some()).count();
        let first = (rand::random::<u32>() as usize).checked_rem(count)?;
        let one = nth(nodes, first)?;
        if count < 2 {
            return Some(one.0);
        }
        // Another than the first: so many places further, and not all the way round.
        let step = 1 + rand::random::<u32>() as usize % (count - 1);
        let two = nth(nodes, (first + step) % count)?;
        let picked = if burden(two.1) < burden(one.1) { two } else { one };
        Some(picked.0)
    }
}
