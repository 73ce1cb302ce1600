//! How access tokens are signed.

use milo_adapters::auth::SigningKey;
use secrecy::{ExposeSecret, SecretString};

use super::{Flaw, Safety};

/// How access tokens are signed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Access tokens")]
pub struct TokenSettings {
    /// One or two Ed25519 keys as `kid:base64seed,kid2:base64seed`: the first signs, both verify. Without any, one is
    /// made up that ends with the process
    #[arg(long, env = "MILO_SIGNING_KEYS", value_name = "KEYS", hide_env_values = true)]
    pub signing_keys: Option<SecretString>,

    /// Who issues access tokens
    #[arg(long, env = "MILO_TOKEN_ISSUER", value_name = "NAME", value_parser = name, default_value = "milo")]
    pub token_issuer: String,

    /// Whom access tokens are for
    #[arg(long, env = "MILO_TOKEN_AUDIENCE", value_name = "NAME", value_parser = name, default_value = "milo-api")]
    pub token_audience: String,
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

    /// What production does not allow, and the flaws of the keys themselves.
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self, safety: &Safety) -> Result<(), Flaw> {
        let keys = self.signing_keys()?;
        let flaw = |what| Err(Flaw::new(format!("--signing-keys (MILO_SIGNING_KEYS): {what}")));
        if safety.is_production() && keys.is_empty() {
            return flaw("must be set in production: a key that is made up ends with the process");
        }
        if safety.is_production() && keys.iter().any(SigningKey::is_guessable) {
            return flaw("must be random in production; `openssl rand -base64 32` makes a seed");
        }
        Ok(())
    }

    /// The keys; none if none is set.
    ///
    /// # Errors
    /// What is wrong with them, never any part of them.
    pub fn signing_keys(&self) -> Result<Vec<SigningKey>, Flaw> {
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
