//! What the fuzz targets reach for.

pub use crate::rabbitmq::fuzzing as rabbitmq;
pub use crate::redis::fuzzing as redis;
