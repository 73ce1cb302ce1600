//! The adapters over Redis: on a single server, and on a cluster of three primaries.

mod breaking;
mod cache_and_limiter;
mod calls;
mod cluster;
mod conformance;
mod engine;
mod losing;
mod memory;
mod rush;
mod scripts;

pub(crate) use engine::RedisEngine;
