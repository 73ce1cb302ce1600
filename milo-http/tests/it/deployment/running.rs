//! Instances and workers over the same engines.

use std::time::Duration;

use milo_adapters::auth::SigningKey;
use milo_testkit::free_port;
use secrecy::ExposeSecret;

use super::{Engines, Process};
use crate::support::{Client, PASSWORD};

const ADMIN: &str = "admin@example.org";

/// How long an administrator tries to sign in.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Deployment {
    pub(super) instances: Vec<Process>,
    pub(super) workers: Vec<Process>,
    urls: Vec<String>,
    pub(super) engines: Engines,
}

impl Deployment {
    /// So many of each, started at once on an empty database.
    pub(super) async fn start(engines: Engines, instances: usize, workers: usize) -> Self {
        Self::with(engines, instances, workers, &[]).await
    }

    /// As [`start`](Self::start), with other settings.
    pub(super) async fn with(engines: Engines, instances: usize, workers: usize, settings: &[(&str, &str)]) -> Self {
        let key = SigningKey::generate().unwrap().to_text();
        let mut common = vec![
            ("MILO_POSTGRES_URL", engines.postgres.clone()),
            ("MILO_POSTGRES_CONNECTIONS", "8".to_owned()),
            ("MILO_REDIS_URL", engines.redis.clone()),
            ("MILO_REDIS_PREFIX", format!("{}:", engines.names)),
            ("MILO_AMQP_URL", engines.amqp.clone()),
            ("MILO_AMQP_QUEUE", engines.names.clone()),
            // The machine is shared with other tests; nothing here is about how soon an answer comes.
            ("MILO_POSTGRES_ACQUIRE_TIMEOUT", "3s".to_owned()),
            ("MILO_REDIS_RESPONSE_TIMEOUT", "1s".to_owned()),
            ("MILO_LOCKS_DEADLINE", "2s".to_owned()),
            ("MILO_ARGON2_MEMORY_KIB", "64".to_owned()),
            ("MILO_ARGON2_PASSES", "1".to_owned()),
        ];
        common.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let owned = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let common: Vec<_> = common.iter().map(|(name, value)| owned(name, value)).collect();

        let (mut urls, mut starting, mut working) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..instances {
            let address = format!("127.0.0.1:{}", free_port());
            let mut variables = common.clone();
            variables.extend([
                owned("MILO_BIND", &address),
                owned("MILO_SIGNING_KEYS", key.expose_secret()),
                owned("MILO_WORKER", "none"),
                owned("MILO_DEMO", "false"),
                owned("MILO_STOP_NOTICE", "0s"),
                owned("MILO_BOOTSTRAP_ADMIN_EMAIL", ADMIN),
                owned("MILO_BOOTSTRAP_ADMIN_PASSWORD", PASSWORD),
            ]);
            let url = format!("http://{address}");
            starting.push(Process::start("milo-http", format!("{url}/health/ready"), variables));
            urls.push(url);
        }
        for _ in 0..workers {
            let address = format!("127.0.0.1:{}", free_port());
            let mut variables = common.clone();
            variables.push(owned("MILO_WORKER_LISTEN", &address));
            working.push(Process::start(
                "milo-worker",
                format!("http://{address}/health"),
                variables,
            ));
        }
        let (instances, workers) = tokio::join!(
            futures_util::future::join_all(starting),
            futures_util::future::join_all(working)
        );
        Self {
            instances,
            workers,
            urls,
            engines,
        }
    }

    /// Somebody without an account, whose every request goes to the next instance.
    pub(super) fn anybody(&self) -> Client {
        Client::of(self.urls.clone())
    }

    /// Somebody without an account, whose requests go to this instance.
    pub(super) fn anybody_at(&self, instance: usize) -> Client {
        Client::new(self.urls[instance].clone())
    }

    pub(super) async fn admin(&self) -> Client {
        self.anybody().sign_in(ADMIN, PASSWORD).await
    }

    /// Waits until `is_so`, for as long as anybody may have to wait here.
    pub(super) async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !is_so().await {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        waited
            .await
            .unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"));
    }
}
