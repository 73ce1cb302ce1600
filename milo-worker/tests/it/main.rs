//! Tests of the worker. Time is paused: nothing sleeps, and waits are exact.

mod counting;
mod draining;
mod failing;
mod metering;
mod pacing;
mod process;
mod settings;
mod support;
mod whole;
