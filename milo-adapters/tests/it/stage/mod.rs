//! Worlds on real clocks, over any engines: what races and crashes are staged in.

mod engines;
mod layers;
mod memory;
mod quiet;
mod truth;

use async_trait::async_trait;
use milo_adapters::gateway::SimulatedGateway;
use milo_core::Ports;

pub(crate) use engines::Engines;
pub(crate) use layers::{Counting, around};
pub(crate) use memory::Memory;
pub(crate) use quiet::settled;
pub(crate) use truth::check;

/// Engines that several processes share, with nothing in them.
#[async_trait]
pub(crate) trait Stage: Send + Sync {
    /// Ports that never fail.
    fn ports(&self) -> &Ports;
    /// The ports of another process over the same engines; it is gone when they are dropped.
    async fn process(&self) -> Ports;
    /// The gateway behind all of them.
    fn gateway(&self) -> &SimulatedGateway;
    /// What is wrong with what the store has written, if anything.
    async fn violations(&self) -> Vec<String>;
    /// The lock store forgets everything.
    async fn wipe_locks(&self);
    /// The payment queue forgets everything.
    async fn wipe_queue(&self);
}
