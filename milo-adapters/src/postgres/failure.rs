//! Every error of sqlx and of Postgres becomes one of the core's here.

use std::borrow::Cow;
use std::time::Duration;

use milo_core::ports::{Failure, PortError};

/// Whether a statement changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// It does not: without an answer nothing has happened.
    Read,
    /// It does: without an answer it may have happened.
    Write,
}

/// A statement that failed.
#[derive(Debug)]
pub(super) enum StatementError {
    /// It was never sent: there was no connection for it.
    NotSent(sqlx::Error),
    /// It was sent, and this came back.
    Answered(Intent, sqlx::Error),
    /// It was sent, and nothing came back in time.
    Unanswered(Intent, Duration),
}

impl StatementError {
    /// The constraint that refused the statement.
    pub(super) fn constraint(&self) -> Option<&str> {
        match self {
            Self::Answered(_, sqlx::Error::Database(error)) => error.constraint(),
            _ => None,
        }
    }

    /// Whether a row elsewhere refers to a row that was to go, or does not exist that a new one refers to.
    pub(super) fn is_reference(&self) -> bool {
        // Cascades that are stopped by RESTRICT are told apart since Postgres 18.
        matches!(self.code().as_deref(), Some("23503" | "23001"))
    }

    /// Whether the statement lost against another one and was undone: sent again, it may succeed.
    pub(super) fn is_contention(&self) -> bool {
        // Serialization failure, deadlock, lock timeout.
        matches!(self.code().as_deref(), Some("40001" | "40P01" | "55P03"))
    }

    /// The same as an error of `port`. Its text names no value of the call.
    pub(super) fn on(self, port: &'static str) -> PortError {
        match self {
            Self::NotSent(error) => not_sent(port, &error),
            Self::Unanswered(intent, waited) => {
                let message = format!("Postgres gave no answer within {} ms", waited.as_millis());
                PortError::new(port, lost(intent), message)
            }
            Self::Answered(intent, sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                let constraint = error
                    .constraint()
                    .map(|name| format!(", constraint {name}"))
                    .unwrap_or_default();
                // Postgres' own words may repeat values.
                let message = format!("Postgres refused the statement (SQLSTATE {code}{constraint})");
                PortError::new(port, refusal(intent, &code), message)
            }
            Self::Answered(intent, sqlx::Error::Io(error)) => {
                PortError::new(port, lost(intent), "the connection to Postgres was lost").caused_by(error)
            }
            Self::Answered(intent, sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed) => {
                PortError::new(port, lost(intent), "the connection to Postgres broke")
            }
            Self::Answered(_, error) => PortError::refused(port, kind(&error)),
        }
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Answered(_, sqlx::Error::Database(error)) => error.code(),
            _ => None,
        }
    }
}

/// Nothing was sent, so nothing has happened.
fn not_sent(port: &'static str, error: &sqlx::Error) -> PortError {
    match error {
        sqlx::Error::PoolTimedOut => PortError::transient(port, "no connection to Postgres was free in time"),
        sqlx::Error::PoolClosed => PortError::transient(port, "the connections to Postgres are closed"),
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            PortError::transient(port, format!("Postgres refused a connection (SQLSTATE {code})"))
        }
        _ => PortError::transient(port, "Postgres cannot be reached"),
    }
}

/// What it means that the answer of a statement was lost.
fn lost(intent: Intent) -> Failure {
    match intent {
        Intent::Read => Failure::Transient,
        Intent::Write => Failure::OutcomeUnknown,
    }
}

/// What a code says. Postgres undoes a statement that it refuses, unless it does not live to say so.
fn refusal(intent: Intent, code: &str) -> Failure {
    match code {
        // Terminated by an administrator, or with a crashing neighbour: perhaps just after the commit.
        "57P01" | "57P02" | "40003" => lost(intent),
        // Lost against another statement too often; statement timeout; a server that is a copy, for now.
        "40001" | "40P01" | "55P03" | "57014" | "25006" => Failure::Transient,
        // An ended transaction, lost connections, too few resources, a server that starts, an error of the system.
        _ if ["08", "25P", "40", "53", "57P", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Failure::Transient
        }
        // Data or an index that cannot be read.
        "XX001" | "XX002" => Failure::Corrupt,
        _ => Failure::Refused,
    }
}

/// What sqlx says by itself; its own words may repeat values.
fn kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Encode(_) | sqlx::Error::InvalidArgument(_) => "a value cannot be sent to Postgres",
        sqlx::Error::RowNotFound => "Postgres answered without the row that always comes",
        _ => "sqlx failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_statement_was_undone() {
        for intent in [Intent::Read, Intent::Write] {
            for code in [
                "40001", "40P01", "55P03", "57014", "25006", "25P03", "53300", "57P03", "58030",
            ] {
                assert_eq!(refusal(intent, code), Failure::Transient, "{code}");
            }
            for code in ["23514", "42501", "42P01", "22008", "XX000", ""] {
                assert_eq!(refusal(intent, code), Failure::Refused, "{code}");
            }
            for code in ["XX001", "XX002"] {
                assert_eq!(refusal(intent, code), Failure::Corrupt, "{code}");
            }
        }
    }

    #[test]
    fn a_session_that_is_ended_may_have_written() {
        for code in ["57P01", "57P02", "40003"] {
            assert_eq!(refusal(Intent::Read, code), Failure::Transient, "{code}");
            assert_eq!(refusal(Intent::Write, code), Failure::OutcomeUnknown, "{code}");
        }
    }

    #[test]
    fn what_was_never_sent_was_not_done() {
        for error in [
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
        ] {
            assert_eq!(StatementError::NotSent(error).on("catalog").failure, Failure::Transient);
        }
    }
}
