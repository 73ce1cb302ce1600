//! A model of Milo's booking protocol, and its check.
//!
//! The model contains everything that takes part in a sale: buyers and their API processes, the lock store, the store of
//! record, the outbox and the queue, the jobs, the workers that drive payments, and the gateway with its own books.
//! [`stateright`] visits every state that they can reach together, whatever dies, is late, is lost or comes twice on the
//! way, and in each one the [promises](crate::check) are asked for.
//!
//! What a step does to a booking is not written down here: [`rules`] asks `milo-core` for it. What the payment machine
//! does next is written down in one pure function ([`decide`]), and a test runs the real machine beside it; another does so
//! with the lock store.
//!
//! Failures have no budget: they happen at any moment, any number of times, and the states are still finitely many,
//! because versions and leases are kept as what they are for (is what I read still so? is the payment still mine?).
//!
//! Left out: prices and amounts (every reservation costs one unit), idempotency keys, the buyers' limits, notifications,
//! refunds in parts, several showtimes, and a lock store that loses only its latest writes.

#![warn(missing_docs)]

pub mod act;
pub mod check;
mod flaw;
mod model;
pub mod rules;
mod run;
mod size;
mod step;
pub mod world;

pub use flaw::Flaw;
pub use model::Protocol;
pub use run::{Finding, Outcome, Run};
pub use size::Size;
pub use step::{Rules, decide, done, step_of, step_of_silence};
