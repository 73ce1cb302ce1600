//! What the fuzz targets reach for.

use milo_core::domain::{Hold, SeatSnapshot};
use milo_core::ports::{AcquireError, HoldError};
use redis::Value;

use super::seat_locks::fuzzing as reply;

/// What the server's bytes say, if they are an answer.
pub fn answer(bytes: &[u8]) -> Option<Value> {
    redis::parse_redis_value(bytes).ok()
}

/// What a script answered about a hold that was asked for.
pub fn acquired(answer: Value, new: Hold) -> Result<Hold, AcquireError> {
    reply::acquired(answer, new)
}

/// What a script answered about a hold that is looked for.
pub fn live(answer: Value) -> Result<Hold, HoldError> {
    reply::live(answer)
}

/// What a script answered about a hold that is given back.
pub fn done(answer: Value) -> Result<(), HoldError> {
    reply::done(answer)
}

/// A map of seats, as it lies in the store.
pub fn snapshot(version: u64, map: String) -> Option<SeatSnapshot> {
    reply::snapshot(version, map)
}
