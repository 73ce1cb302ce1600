//! Which engines there are, and what must hold of them together.

use milo_adapters::assembly::EngineChoice;
use secrecy::ExposeSecret;

use super::engine_url::{Engine, EngineUrl};
use super::{Deadlines, Flaw, PostgresSettings, RabbitmqSettings, RedisSettings, Safety, redis};

/// Which engines stand behind the ports. Each is chosen by itself: one without a URL is replaced by this process's memory.
#[derive(Clone, Debug, clap::Args)]
pub struct EngineSettings {
    /// How careful the process is.
    #[command(flatten)]
    pub safety: Safety,
    /// The store of record.
    #[command(flatten)]
    pub postgres: PostgresSettings,
    /// Holds, the cache and rate limits.
    #[command(flatten)]
    pub redis: RedisSettings,
    /// The queue.
    #[command(flatten)]
    pub rabbitmq: RabbitmqSettings,
}

impl EngineSettings {
    /// Whether the store of record outlives the process.
    pub fn has_postgres(&self) -> bool {
        self.postgres.postgres_url.is_some()
    }

    /// Whether several processes share the holds.
    pub fn has_redis(&self) -> bool {
        self.redis.redis_url.is_some()
    }

    /// Whether there is a broker.
    pub fn has_rabbitmq(&self) -> bool {
        self.rabbitmq.amqp_url.is_some()
    }

    /// Whether there is any engine at all.
    pub fn has_any(&self) -> bool {
        self.has_postgres() || self.has_rabbitmq() || self.redis.cache_url().is_some()
    }

    /// Where the engines are. `program` is what they list the connections as.
    ///
    /// # Errors
    /// A file of certificates that cannot be read.
    pub fn choice(&self, program: &str) -> Result<EngineChoice, Flaw> {
        Ok(EngineChoice {
            postgres: self.postgres.choice(program),
            redis: self.redis.redis_url.as_ref().map(|urls| self.redis.choice(urls)),
            redis_cache: self.redis.redis_cache_url.as_ref().map(|urls| self.redis.choice(urls)),
            rabbitmq: self.rabbitmq.choice()?,
            instances: Some(self.redis.instances),
        })
    }

    /// What no single setting can be blamed for, and what production does not allow.
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self, deadlines: &Deadlines) -> Result<(), Flaw> {
        if self.postgres.postgres_statement_timeout >= deadlines.store_deadline {
            return Err(Flaw::new(
                "--postgres-statement-timeout (MILO_POSTGRES_STATEMENT_TIMEOUT): must be shorter than \
                 --store-deadline, or nobody knows what was done",
            ));
        }
        let redis_answers_within = self.redis.redis_connect_timeout + self.redis.redis_response_timeout;
        if redis_answers_within >= deadlines.locks_deadline {
            return Err(Flaw::new(
                "--redis-response-timeout (MILO_REDIS_RESPONSE_TIMEOUT): must, with --redis-connect-timeout, be shorter than \
                 --locks-deadline, or Redis is never left alone while it is away",
            ));
        }
        if self.rabbitmq.amqp_call_timeout >= deadlines.queue_deadline {
            return Err(Flaw::new(
                "--amqp-call-timeout (MILO_AMQP_CALL_TIMEOUT): must be shorter than --queue-deadline",
            ));
        }
        self.check_urls()?;
        if self.safety.is_production() && !self.has_postgres() {
            return Err(Flaw::new(
                "--postgres-url (MILO_POSTGRES_URL): must be set in production, or everything that is booked is gone \
                 when the process ends",
            ));
        }
        Ok(())
    }

    fn check_urls(&self) -> Result<(), Flaw> {
        let check = |setting: &str, engine, url: &str| {
            let url = EngineUrl::parse(engine, url).map_err(|what| Flaw::new(format!("{setting}: {what}")))?;
            self.safety.check_engine(setting, &url)
        };
        if let Some(url) = &self.postgres.postgres_url {
            check(
                "--postgres-url (MILO_POSTGRES_URL)",
                Engine::Postgres,
                url.expose_secret(),
            )?;
        }
        let redis = [
            ("--redis-url (MILO_REDIS_URL)", &self.redis.redis_url),
            ("--redis-cache-url (MILO_REDIS_CACHE_URL)", &self.redis.redis_cache_url),
        ];
        for (setting, urls) in redis {
            for url in urls.iter().flat_map(redis::split) {
                check(setting, Engine::Redis, url)?;
            }
        }
        if let Some(url) = &self.rabbitmq.amqp_url {
            check("--amqp-url (MILO_AMQP_URL)", Engine::Rabbitmq, url.expose_secret())?;
        }
        Ok(())
    }

    /// Mixes that work for one process, and what goes wrong with several: one line each.
    pub fn warnings(&self) -> Vec<&'static str> {
        let (redis, rabbitmq) = (self.redis.cache_url().is_some(), self.has_rabbitmq());
        let mut warnings = Vec::new();
        if !self.has_postgres() && (redis || rabbitmq) {
            warnings.push(
                "MILO_POSTGRES_URL is not set: accounts, catalogue and bookings live in this process's memory and are \
                 gone when it ends, whatever the other engines keep",
            );
        }
        if self.has_postgres() && !self.has_redis() {
            warnings.push(
                "MILO_REDIS_URL is not set: holds and the picture of what is sold live in this process's memory. No \
                 seat is sold twice, but run one process only: others would not see its holds, nor hear of seats that \
                 become free",
            );
        }
        if self.has_postgres() && !rabbitmq {
            warnings.push(
                "MILO_AMQP_URL is not set: workers look for payments by themselves, a moment later than a queue would \
                 wake them, and dead letters live in the memory of the process that gave them up",
            );
        }
        warnings
    }
}
