//! What one client may take.

mod client;
mod connections;
mod requests;

pub use client::Client;
pub use connections::{ConnectionLimiter, ConnectionPermit, Full};
pub use requests::{RequestLimiter, Verdict};
