//! The simulated gateway that several processes share, with its books in Postgres.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use milo_core::domain::{Money, PaymentId};
use milo_core::ports::{Authorization, GatewayError, GatewayStatus, PaymentGateway, PortError};
use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Postgres, Transaction};

use super::account::{Account, PORT, Turn};
use super::behaviour::Behaviour;
use super::ledger::LedgerEntry;
use super::postgres_rows::{self as rows, failed};

/// [`SimulatedGateway`](super::SimulatedGateway) with its books in Postgres: any number of processes ask the same
/// gateway, and it remembers everything when all of them are restarted.
///
/// It stands in for a provider, so its books are a schema of their own (`simulated_gateway`), which nothing in the booking
/// store may join with, and it judges by a clock of its own, which is the database's. Each call is one short transaction
/// that locks the payment's row: calls for one payment come one after the other, whichever process they are made in.
///
/// Payments are never forgotten. Of each payment, the last [`LedgerEntry::OTHERS_MAX`] calls without an effect are kept.
///
/// # Errors
/// A call that fails before its transaction is committed has had no effect ([`transient`](PortError::transient)); when
/// the answer to the commit is lost, the outcome is unknown. Both may be repeated.
pub struct PgSimulatedGateway {
    pool: PgPool,
}

impl fmt::Debug for PgSimulatedGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgSimulatedGateway").finish_non_exhaustive()
    }
}

/// How long a call waits for a connection.
const CONNECTION_WAIT: Duration = Duration::from_secs(2);
/// What keeps a call from lasting for ever on the server's side.
const SESSION: [(&str, &str); 3] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "2s"),
    ("idle_in_transaction_session_timeout", "10s"),
];

impl PgSimulatedGateway {
    /// The gateway whose books are in the database at `url`, with up to `connections` connections of its own. They are
    /// opened when they are needed.
    ///
    /// # Errors
    /// [`Failure::Refused`](milo_core::ports::Failure::Refused) when `url` is none of a Postgres database. The error
    /// never repeats it.
    pub fn new(url: &SecretString, connections: u32) -> Result<Self, PortError> {
        let options = PgConnectOptions::from_str(url.expose_secret())
            .map_err(|_| PortError::refused(PORT, "the URL of the gateway's database cannot be read"))?
            .application_name("milo-simulated-gateway")
            .options(SESSION);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(CONNECTION_WAIT)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// Ends every connection after its present call. Later calls fail.
    pub async fn disconnect(&self) {
        self.pool.close().await;
    }

    /// Every call that is kept, in order. For tests and audits: it reads all of the ledger.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, PortError> {
        rows::ledger(&self.pool).await
    }

    /// What was taken from a payer and not given back, in minor units.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn balance(&self, payment: PaymentId) -> Result<i64, PortError> {
        let entries = rows::ledger_of(&self.pool, payment).await?;
        Ok(entries.iter().map(LedgerEntry::moved).sum())
    }

    /// How many calls with this key had an effect; more than one would be a flaw.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn effects(&self, key: &str) -> Result<usize, PortError> {
        rows::effects(&self.pool, key).await
    }

    /// One call in one transaction.
    async fn call(
        &self,
        payment: PaymentId,
        operation: impl FnOnce(&mut Account<Timestamp>, Timestamp) -> Turn + Send,
    ) -> Result<(), GatewayError> {
        let turn = self.with(payment, |account, now| {
            let turn = operation(account, now);
            (turn.entries, turn.answer)
        });
        turn.await?
    }

    /// Does something to the account of a payment under its lock, and keeps it, with the entries that this makes, if there
    /// is anything to keep.
    async fn with<R: Send>(
        &self,
        payment: PaymentId,
        act: impl FnOnce(&mut Account<Timestamp>, Timestamp) -> (Vec<LedgerEntry>, R) + Send,
    ) -> Result<R, PortError> {
        let mut transaction: Transaction<'_, Postgres> = self.pool.begin().await.map_err(failed)?;
        let (mut account, now) = rows::lock(&mut transaction, payment).await?;
        let (entries, result) = act(&mut account, now);
        if !account.is_known() {
            // The row was made to be locked; of a payment that nobody has asked for, nothing is kept.
            transaction.rollback().await.map_err(failed)?;
            return Ok(result);
        }
        rows::keep(&mut transaction, &account).await?;
        rows::append(&mut transaction, &entries).await?;
        transaction
            .commit()
            .await
            .map_err(|error| PortError::outcome_unknown(PORT, "the answer to a commit was lost").caused_by(error))?;
        Ok(result)
    }
}

#[async_trait]
impl PaymentGateway for PgSimulatedGateway {
    async fn authorize(&self, authorization: &Authorization) -> Result<(), GatewayError> {
        let payment = authorization.payment;
        if let Behaviour::Slow(wait) = Behaviour::of(&authorization.method.token) {
            let left = self.with(payment, |account, now| {
                let at = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                let decided_at = account.decided_at(authorization, at, now);
                (Vec::new(), Duration::try_from(decided_at.duration_since(now)))
            });
            tokio::time::sleep(left.await?.unwrap_or_default()).await;
        }
        self.call(payment, |account, now| account.authorize(authorization, now))
            .await
    }

    async fn capture(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.call(payment, |account, now| account.capture(amount, now)).await
    }

    async fn close(&self, payment: PaymentId) -> Result<(), GatewayError> {
        self.call(payment, Account::close).await
    }

    async fn refund(&self, payment: PaymentId, amount: Money) -> Result<(), GatewayError> {
        self.call(payment, |account, now| account.refund(amount, now)).await
    }

    async fn lookup(&self, payment: PaymentId) -> Result<GatewayStatus, GatewayError> {
        let status = self.with(payment, |account, now| {
            let ripened = account.ripen(now);
            (ripened.into_iter().collect(), account.status)
        });
        Ok(status.await?)
    }
}
