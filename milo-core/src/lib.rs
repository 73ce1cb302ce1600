//! The booking core of Milo.

pub mod domain;
pub mod policy;
pub mod ports;

#[cfg(feature = "conformance")]
pub mod conformance;
