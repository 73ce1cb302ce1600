//! The rows of the simulated gateway's books.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use milo_core::domain::{
    Currency, Invalid, Money, PaymentId, PaymentKind, PaymentMethod, PaymentToken, ReservationId, ShowtimeId,
};
use milo_core::ports::{Authorization, GatewayStatus, PortError};
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{Error, PgConnection, Row};
use uuid::Uuid;

use super::account::{Account, PORT};
use super::ledger::{GatewayOperation, LedgerEntry};

/// Locks the row of a payment, and makes one if there is none: two calls for a payment that nobody knows yet meet there
/// as well. Gives the database's time besides, read under the lock.
pub(super) async fn lock(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<(Account<Timestamp>, Timestamp), PortError> {
    let row = sqlx::query(
        "insert into simulated_gateway.accounts as account (payment, status)
         values ($1, 'unknown')
         on conflict (payment) do update set status = account.status
         returning status, asked_key, amount_minor, currency, method_kind, method_token, reservation, showtime,
             decided_at, calls, clock_timestamp() as now",
    )
    .bind(payment.0)
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    account(payment, &row).map_err(|flaw| corrupt("accounts", payment, &flaw))
}

/// Writes an account that [`lock`] has locked.
pub(super) async fn keep(connection: &mut PgConnection, account: &Account<Timestamp>) -> Result<(), PortError> {
    let asked = account.asked.as_ref();
    let calls: Vec<i64> = account.calls.iter().map(|calls| i64::from(*calls)).collect();
    sqlx::query(
        "update simulated_gateway.accounts
         set status = $2, asked_key = $3, amount_minor = $4, currency = $5, method_kind = $6, method_token = $7,
             reservation = $8, showtime = $9, decided_at = $10, calls = $11
         where payment = $1",
    )
    .bind(account.payment.0)
    .bind(status_name(account.status))
    .bind(asked.map(|asked| asked.key.as_str()))
    .bind(asked.map(|asked| asked.amount.amount()))
    .bind(asked.map(|asked| asked.amount.currency().as_str().to_owned()))
    .bind(asked.map(|asked| asked.method.kind.as_str()))
    .bind(asked.map(|asked| asked.method.token.expose()))
    .bind(asked.map(|asked| asked.reservation.0))
    .bind(asked.map(|asked| asked.showtime.0))
    .bind(account.decided_at.map(|at| at.to_sqlx()))
    .bind(calls)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Appends to the ledger, and drops what is beyond [`LedgerEntry::OTHERS_MAX`] of the payment.
pub(super) async fn append(connection: &mut PgConnection, entries: &[LedgerEntry]) -> Result<(), PortError> {
    for entry in entries {
        sqlx::query(
            "insert into simulated_gateway.ledger
                 (payment, key, operation, amount_minor, currency, reservation, showtime, effect)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(entry.payment.0)
        .bind(&entry.key)
        .bind(entry.operation.as_str())
        .bind(entry.amount.map(|amount| amount.amount()))
        .bind(entry.amount.map(|amount| amount.currency().as_str().to_owned()))
        .bind(entry.reservation.map(|reservation| reservation.0))
        .bind(entry.showtime.map(|showtime| showtime.0))
        .bind(entry.effect)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    let Some(entry) = entries.iter().find(|entry| !entry.effect) else {
        return Ok(());
    };
    sqlx::query(
        "delete from simulated_gateway.ledger
         where payment = $1 and not effect and sequence <= (
             select sequence from simulated_gateway.ledger
             where payment = $1 and not effect
             order by sequence desc offset $2 limit 1
         )",
    )
    .bind(entry.payment.0)
    .bind(i64::try_from(LedgerEntry::OTHERS_MAX).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// The whole ledger, in order.
pub(super) async fn ledger(pool: &PgPool) -> Result<Vec<LedgerEntry>, PortError> {
    let rows = sqlx::query(
        "select sequence, payment, operation, amount_minor, currency, reservation, showtime, effect
         from simulated_gateway.ledger order by sequence",
    )
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(entry).collect()
}

/// The entries of one payment, in order.
pub(super) async fn ledger_of(pool: &PgPool, payment: PaymentId) -> Result<Vec<LedgerEntry>, PortError> {
    let rows = sqlx::query(
        "select sequence, payment, operation, amount_minor, currency, reservation, showtime, effect
         from simulated_gateway.ledger where payment = $1 order by sequence",
    )
    .bind(payment.0)
    .fetch_all(pool)
    .await
    .map_err(failed)?;
    rows.iter().map(entry).collect()
}

/// How many entries of a key have an effect.
pub(super) async fn effects(pool: &PgPool, key: &str) -> Result<usize, PortError> {
    let count: i64 = sqlx::query_scalar("select count(*) from simulated_gateway.ledger where key = $1 and effect")
        .bind(key)
        .fetch_one(pool)
        .await
        .map_err(failed)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// An error from before a commit: nothing was done.
pub(super) fn failed(error: Error) -> PortError {
    let is_defect = match &error {
        // Connections, resources, locks, time-outs and shut-downs pass; anything else that the server refuses does not.
        Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            !["08", "40", "53", "55", "57"]
                .iter()
                .any(|class| code.starts_with(class))
        }
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::Protocol(_) => false,
        _ => true,
    };
    if is_defect {
        PortError::refused(PORT, "the simulated gateway's books refused a statement").caused_by(error)
    } else {
        PortError::transient(PORT, "the simulated gateway's books cannot be reached").caused_by(error)
    }
}

fn account(payment: PaymentId, row: &PgRow) -> Result<(Account<Timestamp>, Timestamp), Flaw> {
    let mut account = Account::new(payment, status(row.try_get("status")?)?);
    account.asked = authorization(payment, row)?;
    let decided_at: Option<jiff_sqlx::Timestamp> = row.try_get("decided_at")?;
    account.decided_at = decided_at.map(jiff_sqlx::Timestamp::to_jiff);
    let calls: Vec<i64> = row.try_get("calls")?;
    for (known, stored) in account.calls.iter_mut().zip(calls) {
        *known = u32::try_from(stored).unwrap_or(u32::MAX);
    }
    let now: jiff_sqlx::Timestamp = row.try_get("now")?;
    Ok((account, now.to_jiff()))
}

fn authorization(payment: PaymentId, row: &PgRow) -> Result<Option<Authorization>, Flaw> {
    let Some(key) = row.try_get::<Option<String>, _>("asked_key")? else {
        return Ok(None);
    };
    let kind: String = row.try_get("method_kind")?;
    let known = PaymentKind::ALL.into_iter().find(|known| known.as_str() == kind);
    let token: String = row.try_get("method_token")?;
    Ok(Some(Authorization {
        payment,
        key,
        amount: amount(row)?.ok_or(Flaw("no amount".to_owned()))?,
        method: PaymentMethod::new(
            known.ok_or(Flaw("an unknown kind of payment".to_owned()))?,
            PaymentToken::parse(&token)?,
        ),
        reservation: ReservationId(row.try_get("reservation")?),
        showtime: ShowtimeId(row.try_get("showtime")?),
    }))
}

fn amount(row: &PgRow) -> Result<Option<Money>, Flaw> {
    let (amount, currency): (Option<i64>, Option<String>) = (row.try_get("amount_minor")?, row.try_get("currency")?);
    let (Some(amount), Some(currency)) = (amount, currency) else {
        return Ok(None);
    };
    Ok(Some(Money::parse(amount, Currency::parse(&currency)?)?))
}

fn entry(row: &PgRow) -> Result<LedgerEntry, PortError> {
    let read = || -> Result<LedgerEntry, Flaw> {
        let payment = PaymentId(row.try_get("payment")?);
        let name: String = row.try_get("operation")?;
        let known = GatewayOperation::ALL.into_iter().find(|known| known.as_str() == name);
        let operation = known.ok_or(Flaw("an unknown operation".to_owned()))?;
        let sequence: i64 = row.try_get("sequence")?;
        let (reservation, showtime): (Option<Uuid>, Option<Uuid>) =
            (row.try_get("reservation")?, row.try_get("showtime")?);
        Ok(LedgerEntry {
            sequence: u64::try_from(sequence).unwrap_or_default(),
            payment,
            key: operation.key(payment),
            operation,
            amount: amount(row)?,
            reservation: reservation.map(ReservationId),
            showtime: showtime.map(ShowtimeId),
            effect: row.try_get("effect")?,
        })
    };
    read().map_err(|flaw| PortError::corrupt(PORT, format!("a row of the simulated gateway's ledger: {}", flaw.0)))
}

/// What is wrong with a row.
struct Flaw(String);

impl From<Error> for Flaw {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

impl From<Invalid> for Flaw {
    fn from(invalid: Invalid) -> Self {
        Self(invalid.to_string())
    }
}

fn corrupt(table: &str, payment: PaymentId, flaw: &Flaw) -> PortError {
    PortError::corrupt(PORT, format!("simulated_gateway.{table} {payment}: {}", flaw.0))
}

fn status_name(status: GatewayStatus) -> &'static str {
    match status {
        GatewayStatus::Unknown => "unknown",
        GatewayStatus::Authorized => "authorized",
        GatewayStatus::Declined => "declined",
        GatewayStatus::Captured => "captured",
        GatewayStatus::Closed => "closed",
        GatewayStatus::Refunded => "refunded",
    }
}

fn status(name: String) -> Result<GatewayStatus, Flaw> {
    let all = [
        GatewayStatus::Unknown,
        GatewayStatus::Authorized,
        GatewayStatus::Declined,
        GatewayStatus::Captured,
        GatewayStatus::Closed,
        GatewayStatus::Refunded,
    ];
    let known = all.into_iter().find(|status| status_name(*status) == name);
    known.ok_or(Flaw("an unknown status".to_owned()))
}
