//! What the URL of an engine says, as far as safety goes.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// An engine that is reached by a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    Redis,
    Rabbitmq,
}

/// The parts of a URL that decide whether it is safe.
#[derive(Debug)]
pub(super) struct EngineUrl {
    /// A name, an address, or the directory of a socket; empty if the URL leaves it to the client.
    host: String,
    user: String,
    password: Option<SecretString>,
    /// Whether whoever listens on the way learns nothing.
    pub(super) is_encrypted: bool,
}

impl EngineUrl {
    /// Reads the URL of an engine.
    ///
    /// # Errors
    /// What would be right; never the URL.
    pub(super) fn parse(engine: Engine, text: &str) -> Result<Self, String> {
        let url = Url::parse(text)
            .ok()
            .filter(|url| engine.schemes().contains(&url.scheme()));
        let url = url.ok_or_else(|| format!("must be like {}", engine.example()))?;
        let mut read = Self {
            host: decoded(url.host_str().unwrap_or_default()),
            user: decoded(url.username()),
            password: url.password().map(|text| decoded(text).into()),
            is_encrypted: match engine {
                Engine::Postgres => false,
                // Without a check of the certificate, whoever stands in between reads along.
                Engine::Redis => url.scheme().starts_with("rediss") && url.fragment() != Some("insecure"),
                Engine::Rabbitmq => url.scheme() == "amqps",
            },
        };
        if engine == Engine::Postgres {
            read.apply_parameters(&url);
        }
        Ok(read)
    }

    /// What libpq's parameters say is stronger than the rest of the URL.
    fn apply_parameters(&mut self, url: &Url) {
        for (name, value) in url.query_pairs() {
            match &*name {
                "host" | "hostaddr" => self.host = value.into_owned(),
                "user" => self.user = value.into_owned(),
                "password" => self.password = Some(value.into_owned().into()),
                "sslmode" | "ssl-mode" => {
                    self.is_encrypted = matches!(&*value, "require" | "verify-ca" | "verify-full");
                }
                _ => {}
            }
        }
    }

    pub(super) fn password(&self) -> Option<&str> {
        let password = self.password.as_ref().map(ExposeSecret::expose_secret);
        password.filter(|password| !password.is_empty())
    }

    pub(super) fn user(&self) -> &str {
        &self.user
    }

    pub(super) fn names_its_host(&self) -> bool {
        !self.host.is_empty()
    }

    /// Whether the engine is on this machine or in a private network: a loopback or private address (10.0.0.0/8,
    /// 172.16.0.0/12, 192.168.0.0/16, fc00::/7), a socket, or a name that no public resolver knows (one without dots, as
    /// containers have, or one that ends in `.internal` or `.local`).
    pub(super) fn is_near(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            return match address.to_canonical() {
                IpAddr::V4(address) => address.is_loopback() || address.is_private(),
                IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
            };
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        host.starts_with('/')
            || !name.contains('.')
            || [".internal", ".local", ".localhost"]
                .iter()
                .any(|end| name.ends_with(end))
    }
}

impl Engine {
    fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgres", "postgresql"],
            Self::Redis => &["redis", "rediss", "redis+cluster", "rediss+cluster"],
            Self::Rabbitmq => &["amqp", "amqps"],
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Postgres => "postgres://user:password@host:5432/database",
            Self::Redis => {
                "redis://user:password@host:6379 (rediss:// for TLS; several of a cluster with commas between)"
            }
            Self::Rabbitmq => "amqp://user:password@host:5672/vhost (amqps:// for TLS)",
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> EngineUrl {
        EngineUrl::parse(Engine::Postgres, text).unwrap()
    }

    #[test]
    fn this_machine_and_private_networks_are_near() {
        let near = [
            "localhost",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.7.7",
            "[fc00::1]",
            "[fd12::1]",
            "[::ffff:10.0.0.1]",
            "postgres",
            "db-1",
            "db.internal",
            "DB.Internal.",
            "nas.local",
            "%2Frun%2Fpostgresql",
        ];
        for host in near {
            assert!(postgres(&format!("postgres://u:p@{host}/milo")).is_near(), "{host}");
        }
    }

    #[test]
    fn everything_else_is_far() {
        let far = [
            "8.8.8.8",
            "11.0.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "169.254.1.1",
            "[2001:db8::1]",
            "[fe80::1]",
            "db.example.com",
            "internal.example.com",
            "db.internal.example",
            "10.0.0.1.example.com",
        ];
        for host in far {
            assert!(!postgres(&format!("postgres://u:p@{host}/milo")).is_near(), "{host}");
        }
    }

    #[test]
    fn parameters_of_a_postgres_url_are_stronger() {
        let url =
            postgres("postgres://u:long-and-random@127.0.0.1/milo?host=db.example.com&password=guest&sslmode=require");
        assert!(!url.is_near() && url.is_encrypted);
        assert_eq!(url.password(), Some("guest"));
    }

    #[test]
    fn an_encryption_that_can_be_talked_away_is_none() {
        for mode in ["disable", "allow", "prefer"] {
            assert!(
                !postgres(&format!("postgres://u:p@h/milo?sslmode={mode}")).is_encrypted,
                "{mode}"
            );
        }
        let redis = |text| EngineUrl::parse(Engine::Redis, text).unwrap().is_encrypted;
        assert!(redis("rediss://h") && redis("rediss+cluster://h"));
        assert!(!redis("redis://h") && !redis("rediss://h#insecure"));
    }

    #[test]
    fn secrets_are_read_as_they_are_meant() {
        let url = postgres("postgres://us%65r:p%40ss@h/milo");
        assert_eq!((url.user(), url.password()), ("user", Some("p@ss")));
        assert_eq!(postgres("postgres://user:@h/milo").password(), None);
        assert!(!format!("{url:?}").contains("p@ss"));
    }

    #[test]
    fn a_url_of_something_else_is_refused_without_being_repeated() {
        for text in ["", "hunter2", "http://hunter2@h", "redis://hunter2@h"] {
            let error = EngineUrl::parse(Engine::Postgres, text).unwrap_err();
            assert_eq!(error, "must be like postgres://user:password@host:5432/database");
        }
    }
}
