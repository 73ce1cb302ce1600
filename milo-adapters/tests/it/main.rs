//! Tests of the adapters.

mod bookings;
mod conformance_leaves;
mod demo;
mod engine;
mod memory;
mod postgres;
mod world;
