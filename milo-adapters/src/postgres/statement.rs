use std::time::Duration;

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;

use super::failure::{Intent, StatementError};
use super::retries::Retries;
use super::store::PgStore;

/// A statement with its values.
pub(super) type Statement = Query<'static, Postgres, PgArguments>;

/// How much longer than Postgres' own bound a call waits for its answer: for the network and the word of it.
const ANSWER_MARGIN: Duration = Duration::from_secs(1);

/// Each of these is given what makes the statement: one that lost against another is made and sent again, with the
/// same values.
impl PgStore {
    /// Every row that the statement answers with; the statement bounds how many.
    pub(super) async fn rows(
        &self,
        intent: Intent,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Vec<PgRow>, StatementError> {
        let mut retries = Retries::new();
        loop {
            match self.send(intent, statement()).await {
                Err(error) if retries.again(&error).await => {}
                answer => return answer,
            }
        }
    }

    /// The row that the statement answers with, if any.
    pub(super) async fn row(
        &self,
        intent: Intent,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Option<PgRow>, StatementError> {
        Ok(self.rows(intent, statement).await?.into_iter().next())
    }

    /// The row that the statement always answers with.
    pub(super) async fn the_row(
        &self,
        intent: Intent,
        statement: impl Fn() -> Statement + Send + Sync,
    ) -> Result<PgRow, StatementError> {
        let row = self.row(intent, statement).await?;
        row.ok_or(StatementError::Answered(intent, sqlx::Error::RowNotFound))
    }

    async fn send(&self, intent: Intent, statement: Statement) -> Result<Vec<PgRow>, StatementError> {
        let mut connection = self.pool().acquire().await.map_err(StatementError::NotSent)?;
        let patience = self.settings().statement_timeout.saturating_add(ANSWER_MARGIN);
        // All rows are read to the end: the answer to the commit comes after them.
        let Ok(answer) = tokio::time::timeout(patience, statement.fetch_all(&mut *connection)).await else {
            // Whoever used it next would wait for this statement's answer.
            connection.close_on_drop();
            return Err(StatementError::Unanswered(intent, patience));
        };
        answer.map_err(|error| StatementError::Answered(intent, error))
    }
}
