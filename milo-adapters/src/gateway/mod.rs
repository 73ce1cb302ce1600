//! Payment gateways: a simulated one, whose behaviour an integrator chooses by the payment token.

mod behaviour;
mod ledger;
mod simulated;

pub use ledger::*;
pub use simulated::*;
