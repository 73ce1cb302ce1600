//! What is wrong with a value that came from outside.

use std::borrow::Cow;

/// Why a value was refused: a code for programs and a sentence for people that says what would be right.
///
/// Neither part ever repeats the value, so a secret cannot leak through an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// Short, stable, snake_case: `too_long`, `out_of_range`, `duplicate` …
    pub code: &'static str,
    /// A sentence such as "must have at most 200 characters".
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// A flaw with its code and its sentence.
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}
