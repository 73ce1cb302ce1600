//! What is promised in every state.

mod heal;
mod reached;
mod safety;

use crate::step::Rules;
use crate::world::World;

pub use heal::Schedule;
pub(crate) use heal::Settled;

/// A promise, by the name that it has in the reports.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// Its name.
    pub name: &'static str,
    /// Whether it is kept.
    pub kept: fn(&Rules, &World) -> bool,
}

/// Something that must happen somewhere, or the check has not looked at it.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// Its name.
    pub name: &'static str,
    /// Whether it is seen here.
    pub seen: fn(&Rules, &World) -> bool,
}

pub use heal::LIVENESS;
pub use reached::SIGHTS;
pub use safety::SAFETY;
