//! Decorators: ports around ports.
//!
//! [`Layered`] wraps any I/O port in a [`Layer`], which sees every call go by:
//! [`Traced`] writes spans and warnings, [`WithDeadline`] stops waiting, and [`Faulty`] breaks things on purpose.
//! [`CachedCatalog`] answers reads of the catalogue from a cache.

mod cached_catalog;
mod deadline;
mod faults;
mod layered;
mod traced;

pub use cached_catalog::*;
pub use deadline::*;
pub use faults::*;
pub use layered::*;
pub use traced::*;
