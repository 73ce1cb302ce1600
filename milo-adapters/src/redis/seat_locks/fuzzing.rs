//! What the fuzz targets reach for.

use milo_core::domain::{Hold, SeatSnapshot};
use milo_core::ports::{AcquireError, HoldError};
use redis::Value;

use super::reply::{self, Reply};

pub(crate) fn acquired(answer: Value, new: Hold) -> Result<Hold, AcquireError> {
    Reply::of(answer)?.acquired(new)
}

pub(crate) fn live(answer: Value) -> Result<Hold, HoldError> {
    Reply::of(answer)?.live()
}

pub(crate) fn done(answer: Value) -> Result<(), HoldError> {
    Reply::of(answer)?.done()
}

pub(crate) fn snapshot(version: u64, map: String) -> Option<SeatSnapshot> {
    reply::snapshot(Some((version, map))).ok().flatten()
}
