//! The numbers of Milo: every limit and lifetime, in one place.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::domain::SeatSelection;
use crate::ports::RateLimit;

/// Every number that an operator may want to change. [`Policy::default`] is what the reference deployment runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long seats are held.
    pub hold_ttl: Duration,
    /// How long a hold may last in all, extended or promoted.
    pub hold_lifetime_max: Duration,
    /// How much of a hold must be left when its reservation is written.
    pub commit_window: Duration,
    /// How long an ended hold is remembered, so that a late client is told that it lapsed.
    pub hold_memory: Duration,
    /// The most seats of one user in one showtime that are held or not yet paid.
    pub user_seats_max: u32,
    /// How long a reservation waits for its payment to begin.
    pub pay_within: Duration,
    /// How long the gateway may leave an authorization without a certain answer.
    pub payment_deadline: Duration,
    /// How payments are tried again.
    pub payment_retry: Backoff,
    /// How long a worker may drive a payment without a sign of life.
    pub payment_lease: Duration,
    /// How long a relay may take to deliver a batch of the outbox.
    pub outbox_lease: Duration,
    /// How deliveries of the outbox are tried again; a message that was refused this often is parked.
    pub outbox_retry: Backoff,
    /// The most rows that a job handles in one run.
    pub batch: usize,
    /// Between the end of a film and the next showtime on its screen.
    pub cleaning_gap: Duration,
    /// How long an access token is valid.
    pub access_token_ttl: Duration,
    /// How long a session lasts, however often it is renewed.
    pub session_ttl: Duration,
    /// How long an idempotency key is remembered.
    pub idempotency_ttl: Duration,
    /// How long a request that carries a key may take before a repeat may take it over.
    pub idempotency_lease: Duration,
    /// How often one account's password may be guessed wrongly from one address.
    pub login_limit_guess: RateLimit,
    /// How often one account's password may be guessed wrongly from anywhere.
    pub login_limit_account: RateLimit,
    /// How often passwords may be guessed wrongly from one address.
    pub login_limit_address: RateLimit,
    /// The most reservations without a hold at one time in this process, while the lock store is down.
    pub direct_reservations_max: usize,
}

/// Waits that double: `first`, twice that … up to `cap`, each with full jitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait.
    pub cap: Duration,
    /// The most attempts.
    pub attempts_max: u32,
}

impl Backoff {
    /// How long to wait after `tries` failures (1 for the first): anything from zero to the doubled wait, chosen by
    /// `random`, so that many that failed together do not come back together.
    pub fn wait(&self, tries: u32, random: u64) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX));
        let longest = u64::try_from(doubled.min(self.cap).as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(random % longest.saturating_add(1))
    }
}

const fn limit(burst: u32, window: Duration) -> RateLimit {
    let Some(burst) = NonZeroU32::new(burst) else {
        panic!("a burst is at least 1")
    };
    RateLimit { burst, window }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            hold_ttl: Duration::from_mins(8),
            hold_lifetime_max: Duration::from_mins(15),
            commit_window: Duration::from_secs(15),
            hold_memory: Duration::from_hours(1),
            user_seats_max: SeatSelection::SEATS_MAX as u32,
            pay_within: Duration::from_mins(10),
            payment_deadline: Duration::from_mins(2),
            payment_retry: Backoff {
                first: Duration::from_secs(1),
                cap: Duration::from_mins(1),
                attempts_max: 12,
            },
            payment_lease: Duration::from_secs(30),
            outbox_lease: Duration::from_secs(30),
            // Short: once a broker that was away is back, what waits for it must be there within seconds.
            outbox_retry: Backoff {
                first: Duration::from_secs(1),
                cap: Duration::from_secs(5),
                attempts_max: 10,
            },
            batch: 100,
            cleaning_gap: Duration::from_mins(20),
            access_token_ttl: Duration::from_mins(10),
            session_ttl: Duration::from_hours(30 * 24),
            idempotency_ttl: Duration::from_hours(24),
            idempotency_lease: Duration::from_secs(60),
            login_limit_guess: limit(10, Duration::from_mins(15)),
            login_limit_account: limit(100, Duration::from_mins(15)),
            login_limit_address: limit(100, Duration::from_mins(15)),
            direct_reservations_max: 16,
        }
    }
}
