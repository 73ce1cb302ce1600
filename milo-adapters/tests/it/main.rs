//! Tests of the adapters.

mod bookings;
mod world;
