//! Tests of the adapters.

mod memory;
