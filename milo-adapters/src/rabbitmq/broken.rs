//! Why a connection, or what was asked over it, came to nothing; and that nothing is waited for without a bound.

use std::fmt;
use std::time::Duration;

use lapin::ErrorKind;
use milo_core::ports::{Failure, PortError};

use super::PORT;

/// What went wrong, for people. It holds no secret and no value of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    message: String,
    reply_code: Option<u16>,
}

impl Broken {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            reply_code: None,
        }
    }

    /// `what` did not happen, because of `error`.
    pub(super) fn because(what: &str, error: &lapin::Error) -> Self {
        let reply_code = match error.kind() {
            ErrorKind::ProtocolError(error) => Some(error.get_id()),
            _ => None,
        };
        Self {
            message: format!("{what}: {error}"),
            reply_code,
        }
    }

    /// `what` was not answered within `limit`.
    pub(super) fn late(what: &str, limit: Duration) -> Self {
        Self::new(format!("{what}: no answer within {} ms", limit.as_millis()))
    }

    /// The broker's own word for its refusal, if it refused, such as 406.
    pub(super) fn reply_code(&self) -> Option<u16> {
        self.reply_code
    }

    pub(super) fn as_failure(&self, failure: Failure) -> PortError {
        PortError::new(PORT, failure, self.message.clone())
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Asks the broker for something, and waits no longer than `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    what: &str,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, Broken> {
    match tokio::time::timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|error| Broken::because(what, &error)),
        Err(_) => Err(Broken::late(what, limit)),
    }
}
