//! Holds, the cache and rate limits.

use std::num::NonZeroU32;
use std::time::Duration;

use milo_adapters::redis::RedisSettings as Choice;
use secrecy::{ExposeSecret, SecretString};

use super::engine_url::{Engine, EngineUrl};
use super::parse;

/// Holds, the cache and rate limits. Without its URL, each process has its own in memory.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Redis: holds, cache, rate limits")]
pub struct RedisSettings {
    /// Where the Redis of the holds is, as redis://user:password@host:6379 (rediss:// for TLS), several of a cluster with
    /// commas between; it must not evict. Without it holds live in this process
    #[arg(long, env = "MILO_REDIS_URL", value_name = "URLS", hide_env_values = true, value_parser = urls)]
    pub redis_url: Option<SecretString>,

    /// Where the Redis of the cache and the rate limits is, which may evict; the one of the holds if it is not set
    #[arg(long, env = "MILO_REDIS_CACHE_URL", value_name = "URLS", hide_env_values = true, value_parser = urls)]
    pub redis_cache_url: Option<SecretString>,

    /// What the names of all keys begin with
    #[arg(long, env = "MILO_REDIS_PREFIX", value_name = "TEXT", value_parser = prefix, default_value = "milo:")]
    pub redis_prefix: String,

    /// The connections of this process to each Redis, which all calls share
    #[arg(long, env = "MILO_REDIS_CONNECTIONS", value_name = "COUNT", value_parser = parse::positive::<64>, default_value = "2")]
    pub redis_connections: NonZeroU32,

    /// How long a call waits for a connection
    #[arg(long, env = "MILO_REDIS_CONNECT_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "500ms")]
    pub redis_connect_timeout: Duration,

    /// How long a call waits for its answer
    #[arg(long, env = "MILO_REDIS_RESPONSE_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "200ms")]
    pub redis_response_timeout: Duration,

    /// How many processes share the rate limits: while Redis is down each allows only its part of them
    #[arg(long, env = "MILO_INSTANCES", value_name = "COUNT", value_parser = parse::positive::<10_000>, default_value = "3")]
    pub instances: NonZeroU32,
}

impl RedisSettings {
    /// Where the cache and the rate limits are.
    pub fn cache_url(&self) -> Option<&SecretString> {
        self.redis_cache_url.as_ref().or(self.redis_url.as_ref())
    }

    /// The Redis at `urls`.
    pub(super) fn choice(&self, urls: &SecretString) -> Choice {
        Choice {
            key_prefix: self.redis_prefix.clone(),
            connections: self.redis_connections,
            connect_timeout: self.redis_connect_timeout,
            response_timeout: self.redis_response_timeout,
            ..Choice::at(split(urls))
        }
    }
}

/// The URLs of one Redis: one of a server, several of a cluster.
pub(super) fn split(urls: &SecretString) -> impl Iterator<Item = &str> {
    urls.expose_secret().split(',').map(str::trim)
}

fn urls(text: &str) -> Result<SecretString, String> {
    let urls = SecretString::from(text);
    for url in split(&urls) {
        EngineUrl::parse(Engine::Redis, url)?;
    }
    Ok(urls)
}

fn prefix(text: &str) -> Result<String, String> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(known) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 64 letters, digits and _ - . :".to_owned())
    }
}
