//! A whole Milo behind a socket, and a client that holds every answer against the OpenAPI document.

mod client;
mod contract;
mod forge;
mod gate;
mod inventory;
mod raw;
mod scene;
mod world;

pub(crate) use client::{Answer, Client};
pub(crate) use contract::{DOCUMENT, operations};
pub(crate) use forge::Forge;
pub(crate) use gate::Gate;
pub(crate) use inventory::{Access, Row, Stranger, inventory};
pub(crate) use raw::Socket;
pub(crate) use scene::Scene;
pub(crate) use world::{Cinema, PASSWORD, Served, World, movie, showtime, text, theater};
