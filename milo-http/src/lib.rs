//! Milo over HTTP: the contract's addresses on top of the core's use cases, and nothing private.
//!
//! [`service`] gives the whole API as a Salvo service, for a server of one's own or for tests; [`server`] runs it
//! and stops it gracefully; the binary adds settings and the embedded deployment.

mod app;
mod docs;
mod dto;
mod health;
mod idempotency;
mod layers;
mod measure;
mod openapi;
mod problem;
mod reply;
mod request;
mod routes;
pub mod server;
mod service;

pub use app::{App, Limits};
pub use health::{Dependency, Health, PortsProbe, Probe};
pub use layers::log_panics;
pub use measure::{Metrics, describe_metrics};
pub use openapi::openapi;
pub use problem::{FieldError, Problem, ProblemType};
pub use request::nearest;
pub use service::service;
