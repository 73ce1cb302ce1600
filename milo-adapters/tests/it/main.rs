//! Tests of the adapters.

mod bookings;
mod memory;
mod world;
