//! The crash points on Postgres, Redis and RabbitMQ.

use crate::crash_points::crash_points;
use crate::stage::Engines;

crash_points!(Engines::new());
