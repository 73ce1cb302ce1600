//! The load balancer of Milo: a reverse proxy for HTTP/1.1, and HTTP/2 from clients over TLS. It knows nothing of booking.
//!
//! ```text
//! config/    one TOML file and MILO_LB_* variables, checked as a whole
//! policy/    which node is next: round robin, least connections, power of two choices; pure
//! health/    what is known of a node: checks, ejection, slow start, draining; pure, time comes in
//! retry/     which request may be sent again, and how many may be; pure
//! limits/    what one client may take
//! wire/      the bytes of a client, read strictly before hyper reads them
//! node/      a node: its connections, its active checks, its addresses
//! balancer/  what all threads share: the configuration and the nodes as they are now
//! proxy/     from a client's request to its answer
//! server/    the threads that serve clients, TLS
//! admin/     the port for operators
//! ```
//!
//! HTTP itself is hyper's, on both sides; what is ours is who gets a request, when it may be sent again, what a client may do, and what is never passed on.

mod access;
mod admin;
mod balancer;
pub mod config;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod health;
pub mod limits;
mod load_balancer;
mod meters;
mod node;
pub mod policy;
mod proxy;
pub mod retry;
mod server;
mod wire;

pub use admin::{Ask, NodeStatus, Status, ask};
pub use load_balancer::LoadBalancer;
pub use meters::describe as describe_metrics;
