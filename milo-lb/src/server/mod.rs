//! Takes connections of clients and serves them, on threads that share nothing but the balancer.

mod accept;
mod connection;
mod tls;
mod worker;

pub(crate) use accept::{Door, bind};
pub(crate) use tls::tls_acceptor;
pub(crate) use worker::Workers;
