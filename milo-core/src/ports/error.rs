//! What can go wrong between the core and a technology, in the core's words.

use std::error::Error;

/// Whether a failed call may have happened, and whether repeating it helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Not done, and it will not be: a wrong setting, a missing right, a bug. Repeating does not help.
    Refused,
    /// Not done; it may work later.
    Transient,
    /// Perhaps done: the call left and no answer came. Repeat it with the same ids.
    OutcomeUnknown,
    /// The technology holds something that breaks a rule of the domain. Repeating does not help.
    Corrupt,
}

/// A port did not do what it was asked.
///
/// Its text never holds the values of the call, so it can be logged.
#[derive(Debug, thiserror::Error)]
#[error("{port}: {message}")]
pub struct PortError {
    /// The port, such as `booking_store`.
    pub port: &'static str,
    /// What is known about the outcome.
    pub failure: Failure,
    /// What happened, for people.
    pub message: String,
    /// Where it came from.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// An error without a source.
    pub fn new(port: &'static str, failure: Failure, message: impl Into<String>) -> Self {
        Self {
            port,
            failure,
            message: message.into(),
            source: None,
        }
    }

    /// Not done, and it will not be.
    pub fn refused(port: &'static str, message: impl Into<String>) -> Self {
        Self::new(port, Failure::Refused, message)
    }

    /// Not done; it may work later.
    pub fn transient(port: &'static str, message: impl Into<String>) -> Self {
        Self::new(port, Failure::Transient, message)
    }

    /// Perhaps done.
    pub fn outcome_unknown(port: &'static str, message: impl Into<String>) -> Self {
        Self::new(port, Failure::OutcomeUnknown, message)
    }

    /// Stored data breaks a rule of the domain.
    pub fn corrupt(port: &'static str, message: impl Into<String>) -> Self {
        Self::new(port, Failure::Corrupt, message)
    }

    /// The same error with the error it came from.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether the same call with the same ids may succeed later.
    pub fn may_retry(&self) -> bool {
        matches!(self.failure, Failure::Transient | Failure::OutcomeUnknown)
    }
}
