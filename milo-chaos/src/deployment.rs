//! Everything that runs: engines in containers, Milo's programs as processes, and a wire that can be cut between every two.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::try_join_all;
use milo_testkit::{Engine, Relay, Wire, free_port, private};

use crate::process::Process;

pub(crate) const ADMIN: &str = "admin@chaos.example";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const SERVERS: usize = 3;
pub(crate) const WORKERS: usize = 2;

/// How long a hold lasts: short, so that many lapse.
pub(crate) const HOLD_TTL: Duration = Duration::from_secs(12);

/// How long a payment may take to begin.
pub(crate) const PAY_WITHIN: Duration = Duration::from_secs(10);

/// How long the gateway may leave a payment without a certain answer.
pub(crate) const PAYMENT_DEADLINE: Duration = Duration::from_secs(10);

const QUEUE: &str = "chaos.payments";

/// An engine, and how its wires are called.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) engine: Engine,
}

/// A wire between two that talk.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) relay: Relay,
}

#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) postgres: Service,
    pub(crate) redis: Service,
    pub(crate) cache: Service,
    pub(crate) rabbitmq: Service,
    pub(crate) balancer: Process,
    pub(crate) servers: Vec<Process>,
    pub(crate) workers: Vec<Process>,
    pub(crate) links: Vec<Link>,
    /// Where buyers go.
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
}

impl Deployment {
    /// Starts everything and waits until it serves.
    pub(crate) async fn start(programs: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (postgres, redis, cache, rabbitmq) = tokio::join!(
            private::postgres(),
            private::redis(),
            private::redis(),
            private::rabbitmq()
        );
        let service = |name, engine| Service { name, engine };
        let (postgres, redis) = (service("postgres", postgres), service("redis", redis));
        let (cache, rabbitmq) = (service("cache", cache), service("rabbitmq", rabbitmq));
        let mut links = Vec::new();
        let key = format!(
            "chaos:{}",
            BASE64_STANDARD.encode([uuid::Uuid::new_v4().into_bytes(); 2].concat())
        );
        let http = reqwest::Client::builder().no_proxy().build()?;

        let mut nodes = Vec::new();
        let mut servers = Vec::new();
        for number in 0..SERVERS {
            let name = format!("server-{number}");
            let port = free_port();
            let mut variables = common(&name, &postgres, &redis, &cache, &rabbitmq, &mut links).await;
            variables.extend(owned(&[
                ("MILO_BIND", &format!("127.0.0.1:{port}")),
                ("MILO_SIGNING_KEYS", &key),
                ("MILO_WORKER", "none"),
                ("MILO_DEMO", "false"),
                ("MILO_INSTANCES", "3"),
                ("MILO_STOP_NOTICE", "1500ms"),
                ("MILO_ACCESS_TOKEN_TTL", "4h"),
                ("MILO_BOOTSTRAP_ADMIN_EMAIL", ADMIN),
                ("MILO_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD),
            ]));
            let relay = Relay::to(format!("127.0.0.1:{port}")).await;
            nodes.push(relay.address().to_string());
            links.push(Link {
                name: format!("balancer to {name}"),
                relay,
            });
            let health = format!("http://127.0.0.1:{port}/health/live");
            servers.push(Process::new(
                &name,
                programs.join("milo-http"),
                health,
                variables,
                folder,
            ));
        }
        let mut workers = Vec::new();
        for number in 0..WORKERS {
            let name = format!("worker-{number}");
            let address = format!("127.0.0.1:{}", free_port());
            let mut variables = common(&name, &postgres, &redis, &cache, &rabbitmq, &mut links).await;
            variables.extend(owned(&[("MILO_WORKER_LISTEN", &address), ("MILO_DRAIN_TIME", "10s")]));
            let health = format!("http://{address}/health");
            workers.push(Process::new(
                &name,
                programs.join("milo-worker"),
                health,
                variables,
                folder,
            ));
        }
        let (front, admin) = (free_port(), free_port());
        let variables = owned(&[
            ("MILO_LB_LISTEN", &format!("127.0.0.1:{front}")),
            ("MILO_LB_ADMIN_LISTEN", &format!("127.0.0.1:{admin}")),
            ("MILO_LB_NODES", &nodes.join(",")),
            // All buyers come from one address.
            ("MILO_LB_LIMITS_REQUESTS_PER_SECOND", "0"),
            ("MILO_LB_LOG_ACCESS", "off"),
            ("MILO_LB_HEALTH_INTERVAL", "500ms"),
            ("MILO_LB_EJECTION_TIME_MAX", "5s"),
            ("MILO_LB_UPSTREAM_RESPONSE_TIMEOUT", "10s"),
        ]);
        let health = format!("http://127.0.0.1:{admin}/health/live");
        let balancer = Process::new("balancer", programs.join("milo-lb"), health, variables, folder);
        let deployment = Self {
            postgres,
            redis,
            cache,
            rabbitmq,
            balancer,
            servers,
            workers,
            links,
            url: format!("http://127.0.0.1:{front}/api/v1"),
            http,
        };
        // One of them migrates; the others find that done.
        deployment.servers[0].start().await?;
        deployment.servers[0]
            .serves(&deployment.http)
            .await
            .context("the first server")?;
        deployment.serve().await?;
        Ok(deployment)
    }

    pub(crate) fn processes(&self) -> impl Iterator<Item = &Process> {
        [&self.balancer].into_iter().chain(&self.servers).chain(&self.workers)
    }

    pub(crate) fn services(&self) -> [&Service; 4] {
        [&self.postgres, &self.redis, &self.cache, &self.rabbitmq]
    }

    /// Starts what does not run, and waits until all of it serves.
    pub(crate) async fn serve(&self) -> anyhow::Result<()> {
        for process in self.processes() {
            process.start().await?;
        }
        try_join_all(self.processes().map(|process| process.serves(&self.http))).await?;
        Ok(())
    }

    /// Undoes everything that can be undone.
    pub(crate) async fn heal(&self) -> anyhow::Result<()> {
        for link in &self.links {
            link.relay.set(Wire::Open);
        }
        for process in self.processes() {
            process.thaw().await?;
        }
        self.serve().await
    }

    /// The name of the queue that wakes workers.
    pub(crate) fn queue(&self) -> &'static str {
        QUEUE
    }
}

/// What a process of Milo is told, with wires of its own to the engines.
async fn common(
    name: &str,
    postgres: &Service,
    redis: &Service,
    cache: &Service,
    rabbitmq: &Service,
    links: &mut Vec<Link>,
) -> Vec<(String, String)> {
    let mut urls = Vec::new();
    for service in [postgres, redis, cache, rabbitmq] {
        let url = service.engine.url();
        let relay = Relay::to_url(&url).await;
        urls.push(relay.url(&url));
        links.push(Link {
            name: format!("{name} to {}", service.name),
            relay,
        });
    }
    let seconds = |time: Duration| format!("{}s", time.as_secs());
    owned(&[
        ("MILO_POSTGRES_URL", &urls[0]),
        ("MILO_POSTGRES_CONNECTIONS", "12"),
        ("MILO_POSTGRES_ACQUIRE_TIMEOUT", "1s"),
        ("MILO_REDIS_URL", &urls[1]),
        ("MILO_REDIS_CACHE_URL", &urls[2]),
        ("MILO_AMQP_URL", &urls[3]),
        ("MILO_AMQP_QUEUE", QUEUE),
        ("MILO_AMQP_HEARTBEAT", "5s"),
        // Passwords are not what is tested here.
        ("MILO_ARGON2_MEMORY_KIB", "64"),
        ("MILO_ARGON2_PASSES", "1"),
        // Short times, so that everything that ends by time does so in a short run.
        ("MILO_HOLD_TTL", &seconds(HOLD_TTL)),
        ("MILO_HOLD_LIFETIME_MAX", "30s"),
        ("MILO_COMMIT_WINDOW", "4s"),
        ("MILO_PAY_WITHIN", &seconds(PAY_WITHIN)),
        ("MILO_PAYMENT_DEADLINE", &seconds(PAYMENT_DEADLINE)),
        ("MILO_PAYMENT_LEASE", "5s"),
        ("MILO_GATEWAY_DEADLINE", "2s"),
        ("MILO_PAYMENT_RETRY_CAP", "2s"),
        ("MILO_OUTBOX_LEASE", "5s"),
        ("MILO_OUTBOX_RETRY_CAP", "2s"),
        ("MILO_OUTBOX_RETRY_MAX", "1000"),
        ("MILO_IDEMPOTENCY_LEASE", "6s"),
        ("MILO_WORKER_RESERVATION_EXPIRY", "1s"),
        ("MILO_WORKER_SHOWTIME_CANCELLATION", "1s"),
        ("MILO_WORKER_HOLD_SWEEP", "2s"),
        ("MILO_WORKER_ERROR_WAIT_MAX", "2s"),
    ])
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The folder that this program lies in, where the others of the workspace are as well; tests lie one folder deeper.
pub(crate) fn programs() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.parent().context("a program lies in a folder")?;
    let is_test = folder.file_name().is_some_and(|name| name == "deps");
    let folder = if is_test {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    Ok(folder.to_owned())
}
