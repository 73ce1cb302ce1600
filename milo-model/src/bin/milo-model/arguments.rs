//! What to check.

use clap::{Parser, ValueEnum};
use milo_model::{Flaw, Size};

/// Visits every state that Milo's booking protocol can reach, and asks in each for every promise.
///
/// Exit code: 0 if every promise was kept, 1 if one was broken (with the shortest way there, in words), 2 for a wrong
/// argument. Memory: about 350 bytes a state.
#[derive(Debug, Parser)]
#[command(name = "milo-model", version)]
pub(crate) struct Arguments {
    /// What to look at; the sizes below change it
    #[arg(long, value_enum, default_value_t = Scene::Whole)]
    scene: Scene,
    /// Buyers, 1 to 4
    #[arg(long)]
    users: Option<usize>,
    /// Reservations that each buyer may make, one after another; users times attempts is at most 4
    #[arg(long)]
    attempts: Option<usize>,
    /// Seats, 1 to 4
    #[arg(long)]
    seats: Option<usize>,
    /// The most seats of one reservation
    #[arg(long)]
    seats_max: Option<u32>,
    /// Workers, 0 to 3
    #[arg(long)]
    workers: Option<usize>,
    /// Other processes that hold a decided step in hand before they write it, 0 to 2
    #[arg(long)]
    desks: Option<usize>,
    /// Whether the lock store may lose everything
    #[arg(long)]
    wipes: Option<bool>,
    /// Whether buyers hold seats before they reserve
    #[arg(long)]
    holds: Option<bool>,
    /// Whether the queue's messages are told apart
    #[arg(long)]
    queue: Option<bool>,
    /// Whether the showtime may be cancelled and may start
    #[arg(long)]
    closes: Option<bool>,
    /// Whether the gateway may fail to answer
    #[arg(long)]
    silence: Option<bool>,
    /// Whether workers that can write no more are put aside at once
    #[arg(long)]
    reduced: Option<bool>,
    /// Also ask for what is known to be missing: see `Size::strict`
    #[arg(long)]
    strict: bool,
    /// Plant a bug, to see it found
    #[arg(long, value_enum)]
    pub(crate) flaw: Option<Flaw>,
    /// Stop after about this many steps from state to state; without it, every state is visited
    #[arg(long, value_name = "STEPS")]
    pub(crate) states: Option<usize>,
    /// Threads
    #[arg(long, default_value_t = 1)]
    pub(crate) threads: usize,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// A model to begin with.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Scene {
    /// One reservation and everything that can happen to it
    One,
    /// One reservation, with workers and jobs that go on with what they decided long ago
    Stale,
    /// Two buyers who race for two seats; nobody pays
    Contention,
    /// Two buyers, two seats, and everything that can happen to both
    Whole,
}

impl Arguments {
    pub(crate) fn size(&self) -> Size {
        let base = match self.scene {
            Scene::One => Size::one(),
            Scene::Stale => Size::stale(),
            Scene::Contention => Size::contention(),
            Scene::Whole => Size::two(),
        };
        Size {
            users: self.users.unwrap_or(base.users),
            attempts: self.attempts.unwrap_or(base.attempts),
            seats: self.seats.unwrap_or(base.seats),
            seats_max: self.seats_max.unwrap_or(base.seats_max),
            workers: self.workers.unwrap_or(base.workers),
            desks: self.desks.unwrap_or(base.desks),
            wipes: self.wipes.unwrap_or(base.wipes),
            holds: self.holds.unwrap_or(base.holds),
            queue: self.queue.unwrap_or(base.queue),
            closes: self.closes.unwrap_or(base.closes),
            silence: self.silence.unwrap_or(base.silence),
            reduced: self.reduced.unwrap_or(base.reduced),
            strict: self.strict,
        }
    }
}
