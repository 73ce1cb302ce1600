//! A deterministic simulation of Milo's booking core.
//!
//! The real core and its real jobs run over the in-memory engines, in a world with one thread, a virtual clock and one source of chance: several servers
//! and workers, buyers, an administrator, a gateway with its own books. On every way between a process and an engine calls are lost, delayed, repeated and
//! answered with silence; processes die before and after every call; futures are dropped wherever they wait; the locks and the queue forget everything;
//! clocks are wrong. Then everything goes well again, the world comes to rest, and three records that know nothing of each other are judged: what clients
//! saw, what the store wrote, what the gateway did.
//!
//! A seed names a run. A seed that fails fails again, step by step: `milo-sim --seed N --log`.

mod buyer;
mod executor;
mod history;
mod house;
mod link;
mod nemesis;
mod remote;
mod run;
mod suite;
mod swarm;
mod verdict;

pub use milo_core::planted::Bug;
pub use run::{Outcome, run};
pub use suite::{Totals, run_many};
