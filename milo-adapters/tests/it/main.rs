//! Tests of the adapters.

mod bookings;
mod conformance_leaves;
mod demo;
mod engine;
mod memory;
mod race_matrix;
mod race_matrix_memory;
mod redis;
mod world;
