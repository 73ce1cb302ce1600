//! The engines that tests run on: those that settings name, else containers that the test process shares.
//!
//! | engine | setting | what a test gets |
//! | --- | --- | --- |
//! | Postgres | `MILO_TEST_POSTGRES_URL` | a database of its own, dropped afterwards |
//! | Redis | `MILO_TEST_REDIS_URL` | the server, and a key prefix of its own |
//! | RabbitMQ | `MILO_TEST_AMQP_URL` | the broker, and a prefix of its own for names |
//!
//! [`private`] engines are always containers: their test stops and starts them. Containers end with the test process.
//! A service that cannot be had fails the test with one clear line; nothing is ever skipped.

mod cluster;
mod database;
mod engine;
mod images;
mod names;
mod ports;
pub mod private;
mod probe;
mod reaper;
mod recipes;
mod relay;
mod services;

pub use cluster::redis_cluster;
pub use database::Database;
pub use engine::Engine;
pub use names::unique;
pub use ports::free_port;
pub use recipes::IMAGES;
pub use relay::{Relay, Wire};
pub use services::{rabbitmq, redis};
