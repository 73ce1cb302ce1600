//! Valid values and small histories, for the suites and for any other test.

mod booking;
mod catalog;
mod hold;
mod person;
mod steps;

use std::sync::atomic::{AtomicU64, Ordering};

pub use booking::*;
pub use catalog::*;
pub use hold::*;
pub use person::*;
pub use steps::*;
use uuid::{Builder, Uuid};

static COUNT: AtomicU64 = AtomicU64::new(1);

/// A number that no sample of this process had before; later ones are greater.
pub fn number() -> u64 {
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// An id with the layout of a UUIDv7 that no sample of this process had before; later ones are greater.
pub fn id<Id: From<Uuid>>() -> Id {
    let uuid = Builder::from_u128(u128::from(number()) << 80)
        .with_version(uuid::Version::SortRand)
        .with_variant(uuid::Variant::RFC4122)
        .into_uuid();
    Id::from(uuid)
}
