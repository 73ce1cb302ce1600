use std::time::Duration;

use crate::auth::{Argon2Params, SigningKey};

/// What the adapters want to know. The defaults are those of the reference deployment, except for the signing keys.
#[derive(Debug)]
pub struct AdapterSettings {
    /// One key, or two while keys are rotated: the first signs, both verify. None makes one up, which ends with the
    /// process: right for an embedded Milo, wrong for several instances.
    pub signing_keys: Vec<SigningKey>,
    /// Who issues access tokens.
    pub token_issuer: String,
    /// Whom access tokens are for.
    pub token_audience: String,
    /// How much work a password's hash is.
    pub argon2: Argon2Params,
    /// How long a call to the lock store, the cache or the rate limiter may take. An engine gives up before, so that the
    /// outcome is known.
    pub locks_deadline: Duration,
    /// How long a call to the store of record may take.
    pub store_deadline: Duration,
    /// How long a call to the queue may take beyond its wait: a broker confirms what it has on its disks, which takes
    /// longer than anything that lives in memory.
    pub queue_deadline: Duration,
    /// How long a call to the payment gateway may take; less than the lease of a payment, or workers take each other's
    /// payments over for nothing.
    pub gateway_deadline: Duration,
}

impl Default for AdapterSettings {
    fn default() -> Self {
        Self {
            signing_keys: Vec::new(),
            token_issuer: "milo".to_owned(),
            token_audience: "milo-api".to_owned(),
            argon2: Argon2Params::default(),
            locks_deadline: Duration::from_secs(1),
            store_deadline: Duration::from_secs(5),
            queue_deadline: Duration::from_secs(12),
            gateway_deadline: Duration::from_secs(10),
        }
    }
}
