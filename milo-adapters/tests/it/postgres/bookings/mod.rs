//! What the Postgres store promises about bookings beyond the suites.

mod constraints;
mod corrupt_rows;
mod invariants;
mod links;
mod races;
mod round_trips;
mod stage;

pub(crate) use stage::EMPTY_MESSAGE_BYTES;
