//! Tests of the adapters.

mod bookings;
mod conformance_leaves;
mod demo;
mod engine;
mod gateway;
mod memory;
mod postgres;
mod race_matrix;
mod race_matrix_memory;
mod world;
