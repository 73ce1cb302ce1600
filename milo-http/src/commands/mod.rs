//! What the binary does.

mod admin;
mod config;
mod openapi;
mod print;
mod serve;
mod signals;

pub(crate) use admin::create_admin;
pub(crate) use config::print_config;
pub(crate) use openapi::print_openapi;
pub(crate) use print::{complain, print};
pub(crate) use serve::serve;
