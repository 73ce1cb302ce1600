//! The load balancer of Milo: a reverse proxy for HTTP/1.1, and HTTP/2 from clients over TLS. It knows nothing of booking.
//!
//! ```text
//! config/    one TOML file and MILO_LB_* variables, checked as a whole
//! policy/    which node is next: round robin, least connections, power of two choices; pure
//! health/    what is known of a node: checks, ejection, slow start, draining; pure, time comes in
//! retry/     which request may be sent again, and how many may be; pure
//! limits/    what one client may take
//! ```
pub mod config;
pub mod policy;
