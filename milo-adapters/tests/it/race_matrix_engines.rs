//! The race matrix on Postgres, Redis and RabbitMQ.

use crate::race_matrix::race_matrix;
use crate::stage::Engines;

race_matrix!(Engines::new());
