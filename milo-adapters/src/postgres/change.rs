use milo_core::ports::PortError;
use sqlx::Row;
use sqlx::postgres::PgRow;

/// What became of a change that names the version it was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was made.
    Made,
    /// The record is another one by now.
    Stale,
    /// There is no such record.
    Unknown,
}

/// Reads the answer of a statement that tells in `changed` whether it made the change, and in `known` whether there was
/// such a record when it began.
pub(super) fn change(port: &'static str, answer: &PgRow) -> Result<Change, PortError> {
    let tells = |column: &str| {
        answer
            .try_get::<bool, _>(column)
            .map_err(|error| PortError::refused(port, "a change does not tell what became of it").caused_by(error))
    };
    Ok(match (tells("changed")?, tells("known")?) {
        (true, _) => Change::Made,
        (false, true) => Change::Stale,
        (false, false) => Change::Unknown,
    })
}
