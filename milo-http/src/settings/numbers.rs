//! Tokens, passwords, and how long calls to other systems may take.

use std::time::Duration;

use milo_adapters::auth::{Argon2Params, SigningKey};
use secrecy::{ExposeSecret, SecretString};

use super::{Flaw, PolicySettings, parse};

/// How access tokens are signed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Access tokens")]
pub(crate) struct TokenSettings {
    /// One or two Ed25519 keys as `kid:base64seed,kid2:base64seed`: the first signs, both verify. Without any, one is
    /// made up that ends with the process
    #[arg(long, env = "MILO_SIGNING_KEYS", value_name = "KEYS", hide_env_values = true)]
    pub(crate) signing_keys: Option<SecretString>,

    /// Who issues access tokens
    #[arg(long, env = "MILO_TOKEN_ISSUER", value_name = "NAME", value_parser = name, default_value = "milo")]
    pub(crate) token_issuer: String,

    /// Whom access tokens are for
    #[arg(long, env = "MILO_TOKEN_AUDIENCE", value_name = "NAME", value_parser = name, default_value = "milo-api")]
    pub(crate) token_audience: String,
}

fn name(text: &str) -> Result<String, String> {
    let plain = (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 200 visible ASCII characters".to_owned())
    }
}

impl TokenSettings {
    /// The most keys: the new one and the old one while they are rotated.
    const KEYS_MAX: usize = 2;

    pub(super) fn signing_keys(&self) -> Result<Vec<SigningKey>, Flaw> {
        let Some(text) = &self.signing_keys else {
            return Ok(Vec::new());
        };
        let flaw = |what: String| Flaw::new(format!("--signing-keys (MILO_SIGNING_KEYS): {what}"));
        let parts: Vec<&str> = text.expose_secret().split(',').collect();
        if parts.len() > Self::KEYS_MAX {
            return Err(flaw(
                "must be one key or two, such as 2026a:<base64 of 32 random bytes>".to_owned(),
            ));
        }
        let keys = parts
            .into_iter()
            .map(|part| SigningKey::parse(&SecretString::from(part)));
        let keys: Vec<SigningKey> = keys
            .collect::<Result<_, _>>()
            .map_err(|error| flaw(error.to_string()))?;
        if let [first, second] = keys.as_slice()
            && first.kid() == second.kid()
        {
            return Err(flaw("must have two keys with different ids".to_owned()));
        }
        Ok(keys)
    }
}

/// How hard passwords are hashed, and how long calls to other systems may take.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Adapters")]
pub(crate) struct AdapterNumbers {
    /// The memory of one Argon2id hash, in KiB
    #[arg(long, env = "MILO_ARGON2_MEMORY_KIB", value_name = "KIB", value_parser = parse::count::<8, 1_048_576>, default_value = "19456")]
    pub(crate) argon2_memory_kib: u32,

    /// The passes of one Argon2id hash
    #[arg(long, env = "MILO_ARGON2_PASSES", value_name = "COUNT", value_parser = parse::count::<1, 64>, default_value = "2")]
    pub(crate) argon2_passes: u32,

    /// The lanes of one Argon2id hash
    #[arg(long, env = "MILO_ARGON2_LANES", value_name = "COUNT", value_parser = parse::count::<1, 16>, default_value = "1")]
    pub(crate) argon2_lanes: u32,

    /// How long a call to the lock store or the queue may take
    #[arg(long, env = "MILO_LOCKS_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "500ms")]
    pub(crate) locks_deadline: Duration,

    /// How long a call to the store of record may take
    #[arg(long, env = "MILO_STORE_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub(crate) store_deadline: Duration,

    /// How long a call to the payment gateway may take
    #[arg(long, env = "MILO_GATEWAY_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "10s")]
    pub(crate) gateway_deadline: Duration,
}

impl AdapterNumbers {
    pub(super) fn argon2(&self) -> Argon2Params {
        Argon2Params {
            memory_kib: self.argon2_memory_kib,
            passes: self.argon2_passes,
            lanes: self.argon2_lanes,
        }
    }

    pub(super) fn check(&self, policy: &PolicySettings) -> Result<(), Flaw> {
        if self.argon2_memory_kib < 8 * self.argon2_lanes {
            return Err(Flaw::new(
                "--argon2-memory-kib (MILO_ARGON2_MEMORY_KIB): must be at least 8 times --argon2-lanes",
            ));
        }
        if self.gateway_deadline >= policy.payment_lease {
            return Err(Flaw::new(
                "--gateway-deadline (MILO_GATEWAY_DEADLINE): must be shorter than --payment-lease, or workers take \
                 each other's payments over",
            ));
        }
        Ok(())
    }
}
