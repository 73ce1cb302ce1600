//! A whole Milo behind a socket, and a client that holds every answer against the OpenAPI document.

mod client;
mod contract;
mod gate;
mod raw;
mod world;

pub(crate) use client::{Answer, Client};
pub(crate) use contract::{DOCUMENT, operations};
pub(crate) use gate::Gate;
pub(crate) use raw::Socket;
pub(crate) use world::{Cinema, PASSWORD, Served, World, movie, showtime, text, theater};
