//! Whether this process can serve.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

/// Something that the process depends on, and how it is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Dependency {
    /// Its name, such as `catalog`.
    pub name: String,
    /// Whether it does what it should.
    pub ready: bool,
    /// More about it, in a few words.
    pub note: String,
}

/// Asks one or more dependencies how they are. Called for each request to `/health/ready`.
#[async_trait]
pub trait Probe: Send + Sync {
    /// How they are.
    async fn check(&self) -> Vec<Dependency>;
}

/// What `/health/ready` asks.
#[derive(Clone, Default)]
pub struct Health(Arc<Vec<Box<dyn Probe>>>);

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Health({} probes)", self.0.len())
    }
}

impl Health {
    /// Asks these.
    pub fn of(probes: Vec<Box<dyn Probe>>) -> Self {
        Self(Arc::new(probes))
    }

    pub(crate) async fn check(&self) -> Vec<Dependency> {
        let mut found = Vec::new();
        for probe in self.0.iter() {
            found.extend(probe.check().await);
        }
        found
    }
}
