use std::time::Duration;

use lapin::uri::AMQPUri;
use milo_core::policy::Backoff;
use milo_core::ports::PortError;
use secrecy::{ExposeSecret, SecretString};

use super::PORT;

/// Where the broker is and how it is used. [`RabbitSettings::new`] fills in what the reference deployment runs.
#[derive(Clone, Debug)]
pub struct RabbitSettings {
    /// `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. The vhost `/` is written `%2f`.
    pub url: SecretString,
    /// Certificates, in PEM, that sign the broker's one beside those that the machine trusts.
    pub root_certificates: Option<String>,
    /// The name of the queue, at most [`QUEUE_BYTES_MAX`](Self::QUEUE_BYTES_MAX) bytes; what belongs to it is named
    /// after it. Default `milo.payments`.
    pub queue: String,
    /// How often a message is delivered again before it is dead-lettered: it is delivered once more than this. A
    /// queue keeps the limit that it was declared with. Default 5.
    pub delivery_limit: u16,
    /// The most messages that the queue, and its dead-letter queue, hold; more are refused and wait where they come
    /// from. A queue keeps the limit that it was declared with. Default 100,000.
    pub length_max: u32,
    /// The most deliveries that this process has at one time, waiting for a receiver or for their acknowledgement.
    /// Many more than there are receivers keeps work from other processes. Default 16.
    pub prefetch: u16,
    /// How long connecting may take: name resolution, TCP, TLS, AMQP. Default 5 s.
    pub connect_timeout: Duration,
    /// How long the broker may take to confirm a message, or to answer anything else. Default 5 s.
    pub call_timeout: Duration,
    /// A connection on which nothing is heard for twice as long is given up; whole seconds. Default 10 s.
    pub heartbeat: Duration,
    /// A delivery that is not acknowledged for so long is given back; stay below the broker's `consumer_timeout`
    /// (30 min). Default 5 min.
    pub acknowledge_within: Duration,
    /// How long looking through the dead letters may take, waiting for another who looks included. Default 10 s.
    pub look_timeout: Duration,
    /// The waits between attempts to connect, which never end. Default 200 ms to 5 s.
    pub reconnect: Backoff,
}

impl RabbitSettings {
    /// The longest name of a queue, in bytes; what belongs to it has a longer name, of at most 255.
    pub const QUEUE_BYTES_MAX: usize = 200;

    /// The defaults.
    pub fn new(url: SecretString) -> Self {
        Self {
            url,
            root_certificates: None,
            queue: "milo.payments".to_owned(),
            delivery_limit: 5,
            length_max: 100_000,
            prefetch: 16,
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(5),
            heartbeat: Duration::from_secs(10),
            acknowledge_within: Duration::from_mins(5),
            look_timeout: Duration::from_secs(10),
            reconnect: Backoff {
                first: Duration::from_millis(200),
                cap: Duration::from_secs(5),
                attempts_max: u32::MAX,
            },
        }
    }

    /// What must hold before anything is started.
    pub(super) fn check(&self) -> Result<(), PortError> {
        let wrong = |rule: &str| Err(PortError::refused(PORT, rule));
        if self.uri().is_none() {
            return wrong("the broker's URL must be amqp[s]://user:password@host:port/vhost");
        }
        if !(1..=Self::QUEUE_BYTES_MAX).contains(&self.queue.len()) {
            return wrong("the queue's name must have 1 to 200 bytes");
        }
        if self.prefetch == 0 {
            // To the broker it means as many as it has.
            return wrong("the prefetch must be at least 1");
        }
        if self.heartbeat.as_secs() == 0 || self.heartbeat.as_secs() > u64::from(u16::MAX) {
            return wrong("the heartbeat must be 1 to 65535 seconds");
        }
        if i32::try_from(self.length_max).is_err() || self.length_max == 0 {
            return wrong("the queue must hold 1 to 2147483647 messages");
        }
        Ok(())
    }

    /// The URL with the heartbeat that is asked for; none if it is not an AMQP URL.
    pub(super) fn uri(&self) -> Option<AMQPUri> {
        let mut uri: AMQPUri = self.url.expose_secret().parse().ok()?;
        uri.query.heartbeat = u16::try_from(self.heartbeat.as_secs()).ok();
        Some(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> RabbitSettings {
        RabbitSettings::new(SecretString::from(url))
    }

    #[test]
    fn the_password_is_never_shown() {
        let settings = settings("amqp://milo:hunter2@localhost/%2f");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn the_defaults_can_be_used() {
        settings("amqps://milo:hunter2@localhost/%2f").check().unwrap();
    }

    #[test]
    fn a_wrong_url_is_refused_without_being_repeated() {
        for url in ["", "localhost", "http://milo:hunter2@localhost", "redis://hunter2"] {
            let error = settings(url).check().unwrap_err();
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn numbers_that_the_broker_reads_otherwise_are_refused() {
        let right = settings("amqp://localhost");
        for wrong in [
            RabbitSettings {
                prefetch: 0,
                ..right.clone()
            },
            RabbitSettings {
                heartbeat: Duration::from_millis(999),
                ..right.clone()
            },
            RabbitSettings {
                heartbeat: Duration::from_hours(24),
                ..right.clone()
            },
            RabbitSettings {
                length_max: 0,
                ..right.clone()
            },
            RabbitSettings {
                length_max: u32::MAX,
                ..right.clone()
            },
            RabbitSettings {
                queue: String::new(),
                ..right.clone()
            },
            RabbitSettings {
                queue: "q".repeat(RabbitSettings::QUEUE_BYTES_MAX + 1),
                ..right.clone()
            },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
