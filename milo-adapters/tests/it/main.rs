//! Tests of the adapters.

mod bookings;
mod demo;
mod memory;
mod world;
