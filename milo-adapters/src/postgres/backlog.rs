use milo_core::ports::{Backlog, PortError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::postgres::types::PgInterval;

use super::duration::duration;

/// What waits, from a row with the columns `waiting` and `oldest`, which is null when nothing does.
pub(super) fn backlog_of(row: &PgRow, port: &'static str) -> Result<Backlog, PortError> {
    let unreadable = |_| PortError::corrupt(port, "Postgres counted a backlog that cannot be read");
    let waiting: i64 = row.try_get("waiting").map_err(unreadable)?;
    let oldest: Option<PgInterval> = row.try_get("oldest").map_err(unreadable)?;
    Ok(Backlog {
        count: u64::try_from(waiting).unwrap_or_default(),
        oldest: oldest.as_ref().map(duration).unwrap_or_default(),
    })
}
