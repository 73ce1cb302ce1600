//! Milo over HTTP: the contract's addresses on top of the core's use cases, and nothing private.
//!
//! [`service`] gives the whole API as a Salvo service, for a server of one's own or for tests; [`server`] runs it
//! and stops it gracefully; the binary adds settings and the embedded deployment.

mod app;
mod docs;
mod dto;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
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
pub use measure::describe_metrics;
pub use milo_process::{Dependency, Health, Metrics, PortsProbe, Probe};
pub use openapi::openapi;
pub use problem::{FieldError, Problem, ProblemType};
pub use service::service;
