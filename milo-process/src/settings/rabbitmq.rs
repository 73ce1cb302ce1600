//! The queue that wakes payment workers.

use std::path::PathBuf;
use std::time::Duration;

use milo_adapters::rabbitmq::RabbitSettings;
use secrecy::SecretString;

use super::engine_url::{Engine, EngineUrl};
use super::{Flaw, parse};

/// The queue that wakes payment workers. Without its URL, workers look for payments by themselves.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "RabbitMQ: waking payment workers")]
pub struct RabbitmqSettings {
    /// Where RabbitMQ is, as amqp://user:password@host:5672/vhost (amqps:// for TLS; the vhost / is written %2f). Without
    /// it workers look for payments by themselves
    #[arg(long, env = "MILO_AMQP_URL", value_name = "URL", hide_env_values = true, value_parser = url)]
    pub amqp_url: Option<SecretString>,

    /// A file of PEM certificates that may sign the broker's certificate, beside those that the machine trusts
    #[arg(long, env = "MILO_AMQP_ROOT_CERTIFICATES", value_name = "FILE")]
    pub amqp_root_certificates: Option<PathBuf>,

    /// The name of the queue; what belongs to it is named after it
    #[arg(long, env = "MILO_AMQP_QUEUE", value_name = "NAME", value_parser = name, default_value = "milo.payments")]
    pub amqp_queue: String,

    /// How often a message is delivered again before it is dead-lettered; a queue keeps what it was declared with
    #[arg(long, env = "MILO_AMQP_DELIVERY_LIMIT", value_name = "COUNT", value_parser = parse::small::<1000>, default_value = "5")]
    pub amqp_delivery_limit: u16,

    /// The most messages that the queue, and its dead-letter queue, hold; a queue keeps what it was declared with
    #[arg(long, env = "MILO_AMQP_LENGTH_MAX", value_name = "COUNT", value_parser = parse::count::<1, 2_000_000_000>, default_value = "100000")]
    pub amqp_length_max: u32,

    /// The most deliveries that this process has at one time
    #[arg(long, env = "MILO_AMQP_PREFETCH", value_name = "COUNT", value_parser = parse::small::<10_000>, default_value = "16")]
    pub amqp_prefetch: u16,

    /// How long connecting may take
    #[arg(long, env = "MILO_AMQP_CONNECT_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub amqp_connect_timeout: Duration,

    /// How long the broker may take to confirm a message
    #[arg(long, env = "MILO_AMQP_CALL_TIMEOUT", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub amqp_call_timeout: Duration,

    /// A connection on which nothing is heard for twice as long is given up
    #[arg(long, env = "MILO_AMQP_HEARTBEAT", value_name = "TIME", value_parser = parse::whole_seconds, default_value = "10s")]
    pub amqp_heartbeat: Duration,
}

impl RabbitmqSettings {
    /// Where RabbitMQ is, if it is set.
    ///
    /// # Errors
    /// A file of certificates that cannot be read.
    pub(super) fn choice(&self) -> Result<Option<RabbitSettings>, Flaw> {
        let Some(url) = &self.amqp_url else { return Ok(None) };
        let certificates = self.amqp_root_certificates.as_ref().map(std::fs::read_to_string);
        let certificates = certificates.transpose().map_err(|error| {
            Flaw::new(format!(
                "--amqp-root-certificates (MILO_AMQP_ROOT_CERTIFICATES): the file cannot be read: {}",
                error.kind()
            ))
        })?;
        Ok(Some(RabbitSettings {
            root_certificates: certificates,
            queue: self.amqp_queue.clone(),
            delivery_limit: self.amqp_delivery_limit,
            length_max: self.amqp_length_max,
            prefetch: self.amqp_prefetch,
            connect_timeout: self.amqp_connect_timeout,
            call_timeout: self.amqp_call_timeout,
            heartbeat: self.amqp_heartbeat,
            ..RabbitSettings::new(url.clone())
        }))
    }
}

fn url(text: &str) -> Result<SecretString, String> {
    EngineUrl::parse(Engine::Rabbitmq, text).map(|_| SecretString::from(text))
}

fn name(text: &str) -> Result<String, String> {
    if (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 200 visible ASCII characters".to_owned())
    }
}
