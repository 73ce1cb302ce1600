//! Breaks a whole deployment of Milo on purpose while people book, and has [`milo_check`] judge what is left.
//!
//! ```text
//! options      what to break, how long, where to leave what is found
//! deployment   engines in containers, Milo's programs as processes, a wire between every two that talk
//! house        what is on sale, and who buys
//! buyer        one of many people who book; client: their calls, each written into the history; gateway: how it behaves
//! nemesis      two hands that break things by a seed and mend them
//! settle       after the last fault: does everything come to rest in time?
//! run          all of it in order, and the verdict
//! ```
//!
//! Of Milo it knows the HTTP contract, the settings and the tables; it links none of its code.

mod buyer;
mod client;
mod deployment;
mod gateway;
mod house;
mod nemesis;
mod options;
mod process;
mod recorder;
mod report;
mod run;
mod settle;

pub use options::{Options, Plant};
pub use report::{Report, Totals};
pub use run::{judge, run};
pub use settle::{Settled, Unsettled};
