//! Tests of the adapters.

mod act_costs;
mod bookings;
mod conformance_leaves;
mod crash_points;
mod crash_points_engines;
mod crash_points_memory;
mod demo;
mod documents;
mod engine;
mod gateway;
mod memory;
mod postgres;
mod rabbitmq;
mod race_matrix;
mod race_matrix_engines;
mod race_matrix_memory;
mod redis;
mod shared_cache;
mod stage;
mod world;
