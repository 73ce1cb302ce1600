//! Names of nodes to addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

/// Looks names up, and remembers what they stood for.
#[derive(Debug, Default)]
pub(crate) struct Resolver(BTreeMap<String, BTreeSet<SocketAddr>>);

impl Resolver {
    /// All addresses of all names, each once, in order.
    ///
    /// A name that cannot be looked up keeps the addresses that it had: whether they still serve, their checks tell. One that never had any is told.
    pub(crate) async fn resolve(&mut self, names: &[String]) -> BTreeSet<SocketAddr> {
        self.0.retain(|name, _| names.contains(name));
        for name in names {
            match tokio::net::lookup_host(name).await {
                Ok(found) => {
                    self.0.insert(name.clone(), found.collect());
                }
                Err(error) => tracing::warn!(node = %name, %error, "a node's name cannot be looked up"),
            }
        }
        self.0.values().flatten().copied().collect()
    }
}
