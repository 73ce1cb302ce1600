//! How a node stands, in one word that is read for every request.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::health::Standing;
use crate::policy::Share;

/// A [`Standing`] that is read and written without a lock. Begins as [`Standing::Unready`].
#[derive(Debug)]
pub(super) struct StandingCell(AtomicU32);

const UNREADY: u32 = 1 << 16;
const DRAINING: u32 = 2 << 16;
const OUT: u32 = 3 << 16;

impl Default for StandingCell {
    fn default() -> Self {
        Self(AtomicU32::new(UNREADY))
    }
}

impl StandingCell {
    pub(super) fn set(&self, standing: Standing) {
        let word = match standing {
            Standing::Ready(share) => u32::from(share.parts()),
            Standing::Unready => UNREADY,
            Standing::Draining => DRAINING,
            Standing::Out => OUT,
        };
        self.0.store(word, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Standing {
        match self.0.load(Ordering::Relaxed) {
            UNREADY => Standing::Unready,
            DRAINING => Standing::Draining,
            OUT => Standing::Out,
            parts => Standing::Ready(Share::new(u16::try_from(parts).unwrap_or(u16::MAX))),
        }
    }
}
