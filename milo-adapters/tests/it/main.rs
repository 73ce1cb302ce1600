//! Tests of the adapters.

mod bookings;
mod conformance_leaves;
mod demo;
mod memory;
mod world;
