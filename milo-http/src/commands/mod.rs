//! What the binary does.

mod admin;
mod demo;
mod migrate;
mod openapi;
mod runtime;
mod serve;

pub(crate) use admin::create_admin;
pub(crate) use migrate::migrate;
pub(crate) use openapi::print_openapi;
pub(crate) use serve::serve;
