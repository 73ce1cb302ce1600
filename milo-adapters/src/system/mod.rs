//! The time, the ids and the randomness of the machine that Milo runs on.

mod clock;
mod ids;

pub use clock::SystemClock;
pub use ids::SystemIds;
