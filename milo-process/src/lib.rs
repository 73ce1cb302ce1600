//! What every process of Milo has, whatever it does: settings that are checked before anything starts, a log, metrics, a
//! view of its health, and signals that stop it.
//!
//! Nothing here decides anything about a booking, and nothing here serves or works: `milo-http` and `milo-worker` do.

mod ask_health;
mod assemble;
mod exit;
mod health;
mod metrics;
mod nearest;
mod panics;
mod print;
pub mod settings;
mod signals;

pub use ask_health::ask_health;
pub use assemble::{StartError, assemble};
pub use exit::exit;
pub use health::{Dependency, EnginesProbe, Health, PortsProbe, Probe, Readiness};
pub use metrics::Metrics;
pub use nearest::nearest;
pub use panics::log_panics;
pub use print::{complain, print};
pub use signals::stop_on_signals;
