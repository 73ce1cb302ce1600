//! What a failed port means to a client.

use std::error::Error;
use std::time::Duration;

use milo_core::ports::{Failure, PortError};

use super::{Problem, ProblemType};

/// When a client should try again after something did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<PortError> for Problem {
    /// Logs the error, here and only here; the client learns no more than whether trying again may help.
    fn from(error: PortError) -> Self {
        let causes = causes(&error);
        match error.failure {
            Failure::Transient => {
                tracing::warn!(port = error.port, %error, causes, "a port failed; the client may try again");
                Self::new(ProblemType::Unavailable, "Nothing was done. Try again in a moment.").retry_after(RETRY_AFTER)
            }
            Failure::OutcomeUnknown => {
                tracing::warn!(port = error.port, %error, causes, "a port gave no answer; the outcome is unknown");
                let detail = "It is not known whether this was done. Repeat it with the same Idempotency-Key.";
                Self::new(ProblemType::Unavailable, detail).retry_after(RETRY_AFTER)
            }
            Failure::Refused | Failure::Corrupt => {
                tracing::error!(port = error.port, %error, causes, "a port failed for good");
                Self::internal()
            }
        }
    }
}

fn causes(error: &PortError) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
