//! The adapters of Milo: one folder a technology.

pub mod assembly;
pub mod auth;
pub mod demo;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
pub mod layers;
pub mod memory;
pub mod notify;
pub mod postgres;
pub mod rabbitmq;
pub mod redis;
pub mod system;

#[cfg(test)]
mod testing;
