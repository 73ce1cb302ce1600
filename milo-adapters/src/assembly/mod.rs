//! From settings to ports: the one place that knows which adapter stands behind which port.
//!
//! [`Embedded`] keeps everything in the memory of one process. [`Assembled`] puts an engine behind each port for which one
//! was chosen, and memory behind the others.

mod assembled;
mod embedded;
mod engines;
mod error;
mod settings;
mod wiring;

pub use assembled::Assembled;
pub use embedded::Embedded;
pub use engines::{EngineChoice, Engines};
pub use error::{AssemblyError, EngineError};
pub use settings::AdapterSettings;
