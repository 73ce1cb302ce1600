//! From a client's request to its answer.

mod answer;
mod body;
mod connection;
mod forward;
mod handle;
mod origin;
mod patience;
mod private;
mod problem;
mod receive;
mod request;

pub(crate) use body::UpstreamBody;
pub(crate) use connection::Connection;
pub(crate) use handle::handle;
#[cfg(feature = "fuzzing")]
pub(crate) use origin::Origin;
pub(crate) use origin::Scheme;
pub(crate) use private::PrivatePaths;
