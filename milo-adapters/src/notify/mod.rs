//! Ways to reach people.

mod log;

pub use log::*;
