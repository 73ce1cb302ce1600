//! Where a Redis is and how long it may take.

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::layers::BreakerSettings;

/// What the adapters over one Redis want to know. Holds need a server that evicts nothing (`maxmemory-policy noeviction`);
/// a cache may have another one that does. Redis 7.0 or later, or Valkey.
///
/// Its `Debug` never shows a URL, because it may hold a password.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// Where it is: one URL is a single server, several are the seeds of a cluster.
    ///
    /// `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS, which trusts the system's certificates
    /// (or those of the file that `SSL_CERT_FILE` names). A cluster with one seed says `redis+cluster://` or
    /// `rediss+cluster://`. A cluster has database 0 only.
    pub urls: Vec<SecretString>,
    /// What the names of all keys begin with: up to 64 letters, digits and `_ - . :`. By default `milo:`.
    pub key_prefix: String,
    /// How many connections carry the calls. Each is shared by any number of callers at once, so a few are enough; by
    /// default 2.
    pub connections: NonZeroU32,
    /// How long a call waits for a connection; by default 500 ms.
    ///
    /// Whoever puts a deadline around the adapters gives them longer than this and the response time-out together: a call
    /// that is given up before it has failed teaches nobody that Redis is down.
    pub connect_timeout: Duration,
    /// How long a call waits for its answer; by default 200 ms.
    pub response_timeout: Duration,
    /// When calls are not even tried; by default after 3 failures in a row, for a second.
    pub breaker: BreakerSettings,
}

/// Why the settings of a Redis cannot be used. It never repeats a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisSettingsError {
    /// There is no URL.
    #[error("at least one Redis URL is needed")]
    NoUrl,
    /// A URL cannot be read.
    #[error("a Redis URL must be like redis://host:6379, rediss://host:6379 or redis+cluster://host:6379")]
    Url,
    /// The seeds of a cluster contradict each other, in their password or in using TLS.
    #[error("the URLs of a Redis cluster must agree on user, password and TLS")]
    Seeds,
    /// The prefix of the keys has a character that it must not have, or is too long.
    #[error("the prefix of Redis keys must be at most 64 letters, digits and _ - . :")]
    KeyPrefix,
    /// A time-out is zero.
    #[error("the time-outs of a Redis must be longer than nothing")]
    Timeout,
}

impl RedisSettings {
    /// The most characters of the prefix of keys.
    pub const KEY_PREFIX_CHARS_MAX: usize = 64;
    /// How many connections there are when nobody says.
    pub const CONNECTIONS: NonZeroU32 = NonZeroU32::new(2).unwrap();
    /// After how many failures in a row Redis is left alone when nobody says.
    pub const FAILURES_MAX: NonZeroU32 = NonZeroU32::new(3).unwrap();

    /// The defaults, for the Redis at `urls`.
    pub fn at<Url: Into<String>>(urls: impl IntoIterator<Item = Url>) -> Self {
        Self {
            urls: urls.into_iter().map(|url| SecretString::from(url.into())).collect(),
            key_prefix: "milo:".to_owned(),
            connections: Self::CONNECTIONS,
            connect_timeout: Duration::from_millis(500),
            response_timeout: Duration::from_millis(200),
            breaker: BreakerSettings {
                failures_max: Self::FAILURES_MAX,
                open_for: Duration::from_secs(1),
            },
        }
    }

    /// The URLs as the client wants them, and whether they are those of a cluster.
    pub(super) fn servers(&self) -> (Vec<String>, bool) {
        let mut is_cluster = self.urls.len() > 1;
        let plain = |url: &SecretString| {
            let url = url.expose_secret();
            match url.split_once("+cluster://") {
                Some((scheme, rest)) => {
                    is_cluster = true;
                    format!("{scheme}://{rest}")
                }
                None => url.to_owned(),
            }
        };
        let urls = self.urls.iter().map(plain).collect();
        (urls, is_cluster)
    }

    /// Checks what no client would.
    pub(super) fn check(&self) -> Result<(), RedisSettingsError> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
        if self.urls.is_empty() {
            return Err(RedisSettingsError::NoUrl);
        }
        if self.key_prefix.len() > Self::KEY_PREFIX_CHARS_MAX || !self.key_prefix.bytes().all(known) {
            return Err(RedisSettingsError::KeyPrefix);
        }
        if self.connect_timeout.is_zero() || self.response_timeout.is_zero() {
            return Err(RedisSettingsError::Timeout);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_named_by_several_urls_or_by_the_scheme_of_one() {
        let servers = |urls: &[&str]| RedisSettings::at(urls.iter().copied()).servers();
        let same = |urls: &[&str]| urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>();
        assert_eq!(servers(&["redis://a"]), (same(&["redis://a"]), false));
        assert_eq!(
            servers(&["redis://a", "redis://b"]),
            (same(&["redis://a", "redis://b"]), true)
        );
        assert_eq!(servers(&["redis+cluster://a:1"]), (same(&["redis://a:1"]), true));
        assert_eq!(servers(&["rediss+cluster://a:1"]), (same(&["rediss://a:1"]), true));
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_name() {
        let with = |change: fn(&mut RedisSettings)| {
            let mut settings = RedisSettings::at(["redis://a"]);
            change(&mut settings);
            settings.check()
        };
        assert_eq!(with(|_| {}), Ok(()));
        assert_eq!(with(|settings| settings.urls.clear()), Err(RedisSettingsError::NoUrl));
        for prefix in ["{a}", "a b", "a*", "é", &"a".repeat(65)] {
            let mut settings = RedisSettings::at(["redis://a"]);
            settings.key_prefix = prefix.to_owned();
            assert_eq!(settings.check(), Err(RedisSettingsError::KeyPrefix), "{prefix}");
        }
        let no_time = Err(RedisSettingsError::Timeout);
        assert_eq!(with(|settings| settings.connect_timeout = Duration::ZERO), no_time);
        assert_eq!(with(|settings| settings.response_timeout = Duration::ZERO), no_time);
    }

    #[test]
    fn no_url_is_shown() {
        let settings = RedisSettings::at(["redis://milo:hunter2@secret-host"]);
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("secret-host"), "{shown}");
    }
}
