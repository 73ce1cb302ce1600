use std::fmt::Display;

use milo_core::domain::Version;
use milo_core::ports::PortError;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Row, Type};
use uuid::Uuid;

/// A row on its way into the domain. Whatever breaks a rule there is [corrupt](milo_core::ports::Failure::Corrupt),
/// named by table and id.
#[derive(Clone, Copy)]
pub(super) struct Record<'r> {
    port: &'static str,
    table: &'static str,
    id: Uuid,
    row: &'r PgRow,
}

impl<'r> Record<'r> {
    /// A row of `table` that has a column `id`, on its way through `port`.
    pub(super) fn new(port: &'static str, table: &'static str, row: &'r PgRow) -> Result<Self, PortError> {
        Self::identified_by("id", port, table, row)
    }

    /// As [`new`](Self::new), of a row that is known by another column.
    pub(super) fn identified_by(
        column: &'static str,
        port: &'static str,
        table: &'static str,
        row: &'r PgRow,
    ) -> Result<Self, PortError> {
        let id = row
            .try_get(column)
            .map_err(|_| PortError::corrupt(port, format!("a row of {table} has no readable {column}")))?;
        Ok(Self { port, table, id, row })
    }

    /// What the row is known by.
    pub(super) fn id<I: From<Uuid>>(&self) -> I {
        self.id.into()
    }

    /// A value as Postgres keeps it.
    pub(super) fn get<T: Decode<'r, Postgres> + Type<Postgres>>(&self, column: &'static str) -> Result<T, PortError> {
        self.row.try_get(column).map_err(|error| {
            let error = match error {
                sqlx::Error::ColumnDecode { source, .. } => source,
                other => other.into(),
            };
            self.corrupt(column, "cannot be read").caused_by(error)
        })
    }

    /// A value that the domain reads in its own way, from a `T`.
    pub(super) fn parse<T, V, E>(
        &self,
        column: &'static str,
        parse: impl FnOnce(T) -> Result<V, E>,
    ) -> Result<V, PortError>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
        E: Display,
    {
        parse(self.get(column)?).map_err(|rule| self.corrupt(column, &rule.to_string()))
    }

    /// As [`parse`](Self::parse), where the column may be null.
    pub(super) fn parse_optional<T, V, E>(
        &self,
        column: &'static str,
        parse: impl FnOnce(T) -> Result<V, E>,
    ) -> Result<Option<V>, PortError>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
        E: Display,
    {
        self.get::<Option<T>>(column)?
            .map(parse)
            .transpose()
            .map_err(|rule| self.corrupt(column, &rule.to_string()))
    }

    /// A version, which is kept in more bits than it has.
    pub(super) fn version(&self, column: &'static str) -> Result<Version, PortError> {
        self.parse::<i64, _, _>(column, u32::try_from).map(Version)
    }

    /// The error of a row that breaks `rule` in `column`.
    pub(super) fn corrupt(&self, column: &'static str, rule: &str) -> PortError {
        let (table, id) = (self.table, self.id);
        PortError::corrupt(self.port, format!("{table} {id}: {column} {rule}"))
    }
}
