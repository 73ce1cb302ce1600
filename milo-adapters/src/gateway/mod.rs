//! Payment gateways: a simulated one, whose behaviour an integrator chooses by the payment token. It keeps its books in
//! the memory of one process, or in Postgres for several.

mod account;
mod behaviour;
mod ledger;
mod postgres;
mod postgres_rows;
mod simulated;

pub use ledger::*;
pub use postgres::*;
pub use simulated::*;
