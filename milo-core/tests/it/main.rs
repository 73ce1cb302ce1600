//! Tests of the core.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod arbitrary;
mod booking_steps;
mod booking_walks;
mod state_machines;
mod values;
