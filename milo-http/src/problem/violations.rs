//! Every wrong field of a request, collected before any is answered.

use std::borrow::Cow;

use milo_core::domain::Invalid;

use super::Problem;

/// One wrong field or parameter.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Its path, such as `seat_ids[0]`; empty for the body as a whole.
    pub field: String,
    /// What is wrong, for programs.
    pub code: Cow<'static, str>,
    /// What would be right, for people.
    pub message: Cow<'static, str>,
}

impl FieldError {
    /// A flaw of one field.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

/// Collects flaws, so that a client is told of all of them at once.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<FieldError>);

impl Violations {
    /// The value, or none and its flaw is kept.
    pub(crate) fn keep<T>(&mut self, field: impl Into<String>, parsed: Result<T, Invalid>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.add(field, invalid);
                None
            }
        }
    }

    /// As [`keep`](Self::keep) for a field that may be absent: none only if it is there and wrong.
    pub(crate) fn keep_optional<I, T>(
        &mut self,
        field: &str,
        raw: Option<I>,
        parse: impl FnOnce(I) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match raw {
            None => Some(None),
            Some(raw) => self.keep(field, parse(raw)).map(Some),
        }
    }

    /// Keeps a flaw.
    pub(crate) fn add(&mut self, field: impl Into<String>, invalid: Invalid) {
        self.0.push(FieldError::new(field, invalid.code, invalid.message));
    }

    /// The whole, if nothing was wrong with its parts.
    ///
    /// # Errors
    /// A `validation` problem that lists every flaw.
    pub(crate) fn finish<T>(self, whole: Option<T>) -> Result<T, Problem> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            None if self.0.is_empty() => Err(Problem::internal()),
            _ => Err(Problem::validation(self.0)),
        }
    }
}
