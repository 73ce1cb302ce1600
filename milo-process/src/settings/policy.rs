//! The numbers of the core.

use std::time::Duration;

use milo_core::policy::{Backoff, Policy};
use milo_core::ports::RateLimit;

use super::{Flaw, parse};

/// The numbers of the core. Whatever must be the same everywhere must be set the same everywhere.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Booking")]
pub struct PolicySettings {
    /// How long seats are held
    #[arg(long, env = "MILO_HOLD_TTL", value_name = "TIME", value_parser = parse::time, default_value = "8m")]
    pub hold_ttl: Duration,

    /// How long a hold may last in all
    #[arg(long, env = "MILO_HOLD_LIFETIME_MAX", value_name = "TIME", value_parser = parse::time, default_value = "15m")]
    pub hold_lifetime_max: Duration,

    /// How much of a hold must be left when its reservation is written
    #[arg(long, env = "MILO_COMMIT_WINDOW", value_name = "TIME", value_parser = parse::time, default_value = "15s")]
    pub commit_window: Duration,

    /// How long an ended hold is remembered
    #[arg(long, env = "MILO_HOLD_MEMORY", value_name = "TIME", value_parser = parse::time, default_value = "1h")]
    pub hold_memory: Duration,

    /// The most seats of one user in one showtime that are held or not yet paid
    #[arg(long, env = "MILO_USER_SEATS_MAX", value_name = "COUNT", value_parser = parse::count::<1, 1000>, default_value = "10")]
    pub user_seats_max: u32,

    /// How long a reservation waits for its payment to begin
    #[arg(long, env = "MILO_PAY_WITHIN", value_name = "TIME", value_parser = parse::time, default_value = "10m")]
    pub pay_within: Duration,

    /// How long the gateway may leave an authorization without a certain answer
    #[arg(long, env = "MILO_PAYMENT_DEADLINE", value_name = "TIME", value_parser = parse::time, default_value = "2m")]
    pub payment_deadline: Duration,

    /// The longest wait before a payment's first retry; it doubles with each further one
    #[arg(long, env = "MILO_PAYMENT_RETRY_FIRST", value_name = "TIME", value_parser = parse::time, default_value = "1s")]
    pub payment_retry_first: Duration,

    /// The longest wait between a payment's retries
    #[arg(long, env = "MILO_PAYMENT_RETRY_CAP", value_name = "TIME", value_parser = parse::time, default_value = "1m")]
    pub payment_retry_cap: Duration,

    /// The most tries of one operation at the gateway
    #[arg(long, env = "MILO_PAYMENT_RETRY_MAX", value_name = "COUNT", value_parser = parse::count::<1, 1000>, default_value = "12")]
    pub payment_retry_max: u32,

    /// How long a worker may drive a payment without a sign of life
    #[arg(long, env = "MILO_PAYMENT_LEASE", value_name = "TIME", value_parser = parse::time, default_value = "30s")]
    pub payment_lease: Duration,

    /// How long a relay may take to deliver a batch of the outbox
    #[arg(long, env = "MILO_OUTBOX_LEASE", value_name = "TIME", value_parser = parse::time, default_value = "30s")]
    pub outbox_lease: Duration,

    /// The longest wait before a message's first retry; it doubles with each further one
    #[arg(long, env = "MILO_OUTBOX_RETRY_FIRST", value_name = "TIME", value_parser = parse::time, default_value = "1s")]
    pub outbox_retry_first: Duration,

    /// The longest wait between a message's retries
    #[arg(long, env = "MILO_OUTBOX_RETRY_CAP", value_name = "TIME", value_parser = parse::time, default_value = "5s")]
    pub outbox_retry_cap: Duration,

    /// The most tries of a message before it is parked
    #[arg(long, env = "MILO_OUTBOX_RETRY_MAX", value_name = "COUNT", value_parser = parse::count::<1, 1000>, default_value = "10")]
    pub outbox_retry_max: u32,

    /// The most rows that a job handles in one run
    #[arg(long, env = "MILO_BATCH", value_name = "COUNT", value_parser = parse::count::<1, 10_000>, default_value = "100")]
    pub batch: u32,

    /// Between the end of a film and the next showtime on its screen
    #[arg(long, env = "MILO_CLEANING_GAP", value_name = "TIME", value_parser = parse::time_or_none, default_value = "20m")]
    pub cleaning_gap: Duration,

    /// How long an access token is valid
    #[arg(long, env = "MILO_ACCESS_TOKEN_TTL", value_name = "TIME", value_parser = parse::whole_seconds, default_value = "10m")]
    pub access_token_ttl: Duration,

    /// How long a session lasts, however often it is renewed
    #[arg(long, env = "MILO_SESSION_TTL", value_name = "TIME", value_parser = parse::time, default_value = "720h")]
    pub session_ttl: Duration,

    /// How long an idempotency key is remembered
    #[arg(long, env = "MILO_IDEMPOTENCY_TTL", value_name = "TIME", value_parser = parse::time, default_value = "24h")]
    pub idempotency_ttl: Duration,

    /// How long a request with an idempotency key may take before a repeat may take it over
    #[arg(long, env = "MILO_IDEMPOTENCY_LEASE", value_name = "TIME", value_parser = parse::time, default_value = "1m")]
    pub idempotency_lease: Duration,

    /// How often one account's password may be guessed wrongly from one address
    #[arg(long, env = "MILO_LOGIN_LIMIT_GUESS", value_name = "RATE", value_parser = parse::rate, default_value = "10/15m")]
    pub login_limit_guess: RateLimit,

    /// How often one account's password may be guessed wrongly from anywhere
    #[arg(long, env = "MILO_LOGIN_LIMIT_ACCOUNT", value_name = "RATE", value_parser = parse::rate, default_value = "100/15m")]
    pub login_limit_account: RateLimit,

    /// How often passwords may be guessed wrongly from one address
    #[arg(long, env = "MILO_LOGIN_LIMIT_ADDRESS", value_name = "RATE", value_parser = parse::rate, default_value = "100/15m")]
    pub login_limit_address: RateLimit,

    /// The most reservations without a hold at one time while the lock store is down
    #[arg(long, env = "MILO_DIRECT_RESERVATIONS_MAX", value_name = "COUNT", value_parser = parse::count::<1, 10_000>, default_value = "16")]
    pub direct_reservations_max: u32,
}

impl PolicySettings {
    /// The numbers as the core takes them.
    pub fn policy(&self) -> Policy {
        let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        Policy {
            hold_ttl: self.hold_ttl,
            hold_lifetime_max: self.hold_lifetime_max,
            commit_window: self.commit_window,
            hold_memory: self.hold_memory,
            user_seats_max: self.user_seats_max,
            pay_within: self.pay_within,
            payment_deadline: self.payment_deadline,
            payment_retry: Backoff {
                first: self.payment_retry_first,
                cap: self.payment_retry_cap,
                attempts_max: self.payment_retry_max,
            },
            payment_lease: self.payment_lease,
            outbox_lease: self.outbox_lease,
            outbox_retry: Backoff {
                first: self.outbox_retry_first,
                cap: self.outbox_retry_cap,
                attempts_max: self.outbox_retry_max,
            },
            batch: size(self.batch),
            cleaning_gap: self.cleaning_gap,
            access_token_ttl: self.access_token_ttl,
            session_ttl: self.session_ttl,
            idempotency_ttl: self.idempotency_ttl,
            idempotency_lease: self.idempotency_lease,
            login_limit_guess: self.login_limit_guess,
            login_limit_account: self.login_limit_account,
            login_limit_address: self.login_limit_address,
            direct_reservations_max: size(self.direct_reservations_max),
        }
    }

    /// What only two numbers together can get wrong.
    ///
    /// # Errors
    /// The first flaw.
    pub fn check(&self) -> Result<(), Flaw> {
        let rules = [
            (
                self.hold_ttl <= self.hold_lifetime_max,
                "--hold-ttl (MILO_HOLD_TTL): must not be longer than --hold-lifetime-max",
            ),
            (
                self.commit_window < self.hold_ttl,
                "--commit-window (MILO_COMMIT_WINDOW): must be shorter than --hold-ttl",
            ),
            (
                self.payment_retry_first <= self.payment_retry_cap,
                "--payment-retry-first (MILO_PAYMENT_RETRY_FIRST): must not be longer than --payment-retry-cap",
            ),
            (
                self.outbox_retry_first <= self.outbox_retry_cap,
                "--outbox-retry-first (MILO_OUTBOX_RETRY_FIRST): must not be longer than --outbox-retry-cap",
            ),
            (
                self.access_token_ttl <= self.session_ttl,
                "--access-token-ttl (MILO_ACCESS_TOKEN_TTL): must not be longer than --session-ttl",
            ),
            (
                self.idempotency_lease <= self.idempotency_ttl,
                "--idempotency-lease (MILO_IDEMPOTENCY_LEASE): must not be longer than --idempotency-ttl",
            ),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, flaw)) => Err(Flaw::new(flaw)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::{FromArgMatches, Parser};

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_core() {
        #[derive(Parser)]
        struct Only {
            #[command(flatten)]
            policy: PolicySettings,
        }

        // Without the environment of whoever runs the tests.
        let command = <Only as clap::CommandFactory>::command().mut_args(|arg| arg.env(None));
        let matches = command.get_matches_from(["test"]);
        let settings = Only::from_arg_matches(&matches).unwrap().policy;
        assert_eq!(settings.policy(), Policy::default());
        assert!(settings.check().is_ok());
    }
}
