//! How hard passwords are hashed, and how long calls to other systems may take.

use std::time::Duration;

use milo_adapters::auth::Argon2Params;

use super::{Flaw, PolicySettings, parse};

/// How hard passwords are hashed.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Passwords")]
pub struct PasswordHashing {
    /// The memory of one Argon2id hash, in KiB
    #[arg(long, env = "MILO_ARGON2_MEMORY_KIB", value_name = "KIB", value_parser = parse::count::<8, 1_048_576>, default_value = "19456")]
    pub argon2_memory_kib: u32,

    /// The passes of one Argon2id hash
    #[arg(long, env = "MILO_ARGON2_PASSES", value_name = "COUNT", value_parser = parse::count::<1, 64>, default_value = "2")]
    pub argon2_passes: u32,

    /// The lanes of one Argon2id hash
    #[arg(long, env = "MILO_ARGON2_LANES", value_name = "COUNT", value_parser = parse::count::<1, 16>, default_value = "1")]
    pub argon2_lanes: u32,
}

impl PasswordHashing {
    /// The numbers as the hasher takes them.
    pub fn argon2(&self) -> Argon2Params {
        Argon2Params {
            memory_kib: self.argon2_memory_kib,
            passes: self.argon2_passes,
            lanes: self.argon2_lanes,
        }
    }

    /// What only two numbers together can get wrong.
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self) -> Result<(), Flaw> {
        if self.argon2_memory_kib < 8 * self.argon2_lanes {
            return Err(Flaw::new(
                "--argon2-memory-kib (MILO_ARGON2_MEMORY_KIB): must be at least 8 times --argon2-lanes",
            ));
        }
        Ok(())
    }
}

/// How long calls to other systems may take.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Deadlines")]
pub struct Deadlines {
    /// How long a call to the lock store, the cache or the rate limiter may take
    #[arg(long, env = "MILO_LOCKS_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "1s")]
    pub locks_deadline: Duration,

    /// How long a call to the store of record may take
    #[arg(long, env = "MILO_STORE_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub store_deadline: Duration,

    /// How long a call to the queue may take beyond its wait: a broker confirms what it has on its disks
    #[arg(long, env = "MILO_QUEUE_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "12s")]
    pub queue_deadline: Duration,

    /// How long a call to the payment gateway may take
    #[arg(long, env = "MILO_GATEWAY_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "10s")]
    pub gateway_deadline: Duration,
}

impl Deadlines {
    /// What only two numbers together can get wrong.
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self, policy: &PolicySettings) -> Result<(), Flaw> {
        if self.gateway_deadline >= policy.payment_lease {
            return Err(Flaw::new(
                "--gateway-deadline (MILO_GATEWAY_DEADLINE): must be shorter than --payment-lease, or workers take \
                 each other's payments over",
            ));
        }
        Ok(())
    }
}
