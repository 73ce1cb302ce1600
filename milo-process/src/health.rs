//! Whether this process can serve.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use milo_adapters::assembly::Engines;
use milo_adapters::redis::RedisConnections;
use milo_core::domain::{PageRequest, TheaterFilter};
use milo_core::ports::PortError;
use milo_core::{Milo, Ports};

/// Something that the process depends on, and how it is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Dependency {
    /// Its name, such as `catalog`.
    pub name: String,
    /// Whether it does what it should.
    pub ready: bool,
    /// Whether the process cannot serve without it.
    pub required: bool,
    /// More about it, in a few words.
    pub note: String,
}

/// Asks one or more dependencies how they are. Called whenever somebody asks for the process's health.
#[async_trait]
pub trait Probe: Send + Sync {
    /// How they are.
    async fn check(&self) -> Vec<Dependency>;
}

/// Everything that a process depends on.
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

    /// Asks them all, side by side: each bounds its own time.
    pub async fn check(&self) -> Vec<Dependency> {
        let answers = join_all(self.0.iter().map(|probe| probe.check())).await;
        answers.into_iter().flatten().collect()
    }
}

/// Asks the core's ports something cheap, each for a bounded time.
#[derive(Clone, Debug)]
pub struct PortsProbe(pub Milo);

/// How long a port may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(2);

impl PortsProbe {
    fn ports(&self) -> &Ports {
        self.0.ports()
    }
}

#[async_trait]
impl Probe for PortsProbe {
    async fn check(&self) -> Vec<Dependency> {
        let catalog = async {
            let (filter, page) = (TheaterFilter::default(), PageRequest::first());
            self.ports().catalog.theaters(&filter, &page).await.map(|_| ())
        };
        let bookings = async { self.ports().bookings.payment_backlog().await.map(|_| ()) };
        let locks = async { self.ports().locks.tally(&[]).await.map(|_| ()) };
        let (catalog, bookings, locks) = tokio::join!(
            dependency("catalog", true, catalog),
            dependency("booking_store", true, bookings),
            // Without it seats are still sold, directly.
            dependency("seat_locks", false, locks),
        );
        vec![catalog, bookings, locks]
    }
}

/// Asks the engines behind the ports for a sign of life. Postgres is asked through the [ports](PortsProbe); without the
/// others seats are still sold, directly, and payments are found by those who look for them.
#[derive(Clone, Debug)]
pub struct EnginesProbe(pub Engines);

#[async_trait]
impl Probe for EnginesProbe {
    async fn check(&self) -> Vec<Dependency> {
        let redis = |name, redis: &Option<RedisConnections>| {
            let redis = redis.clone();
            async move {
                let redis = redis?;
                Some(dependency(name, false, redis.ping()).await)
            }
        };
        let rabbitmq = async {
            let queue = self.0.rabbitmq.as_ref()?;
            Some(dependency("rabbitmq", false, async { queue.ready() }).await)
        };
        let (holds, cache, queue) = tokio::join!(
            redis("redis", &self.0.redis),
            redis("redis_cache", &self.0.redis_cache),
            rabbitmq,
        );
        [holds, cache, queue].into_iter().flatten().collect()
    }
}

async fn dependency(name: &str, required: bool, answer: impl Future<Output = Result<(), PortError>>) -> Dependency {
    let note = match tokio::time::timeout(ANSWER_TIME, answer).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(%error, "a dependency is not ready");
            Some("does not answer")
        }
        Err(_) => Some("did not answer in time"),
    };
    Dependency {
        name: name.to_owned(),
        ready: note.is_none(),
        required,
        note: note.unwrap_or("answers").to_owned(),
    }
}

/// How a process is.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Readiness {
    /// Whether it can do what it is there for.
    pub ready: bool,
    /// What it depends on.
    pub dependencies: Vec<Dependency>,
}

impl Readiness {
    /// Ready, unless something that is required is not.
    pub fn of(dependencies: Vec<Dependency>) -> Self {
        let ready = dependencies
            .iter()
            .all(|dependency| dependency.ready || !dependency.required);
        Self { ready, dependencies }
    }

    /// JSON for programs, with each dependency on a line of its own for people.
    ///
    /// # Errors
    /// None is known: there are only texts and switches in it.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let lines: Result<Vec<String>, _> = self.dependencies.iter().map(serde_json::to_string).collect();
        Ok(format!(
            "{{\"ready\":{},\"dependencies\":[\n{}\n]}}\n",
            self.ready,
            lines?.join(",\n")
        ))
    }
}
