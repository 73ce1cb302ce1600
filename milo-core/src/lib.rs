//! The booking core of Milo: sells cinema seats so that no seat is sold twice, no money is taken without a seat, and no
//! seat is lost to a failure.
//!
//! * [`domain`]: values that cannot be wrong, and the two state machines. Pure.
//! * [`ports`]: what the core needs from the world, each trait a contract.
//! * [`accounts`], [`catalog`], [`booking`], [`reviews`], [`operations`]: the use cases, one file a verb.
//! * [`jobs`]: what must run beside the requests, each with a `run_once`.
//! * `conformance` (feature): the suites that prove an adapter.
//!
//! Everything is reached through [`Milo`].

pub mod accounts;
pub mod booking;
pub mod catalog;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod domain;
pub mod jobs;
mod milo;
pub mod operations;
#[doc(hidden)]
pub mod planted;
pub mod policy;
pub mod ports;
pub mod reviews;

pub use milo::{Milo, Ports};
