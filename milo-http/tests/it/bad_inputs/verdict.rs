//! What an input must come to.

use crate::support::Answer;

/// What an input must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// `validation`, with exactly this field and this code.
    Flaw(String, &'static str),
    /// `validation`, with this code; the name is too odd to be repeated as it is.
    Code(&'static str),
    Problem(u16, &'static str),
    /// Refused like any other wrong password or token: whoever guesses learns nothing.
    NotTold,
    /// It is not bad at all, for this reason.
    Taken(&'static str),
}

impl Verdict {
    pub(super) fn flaw(field: &str, code: &'static str) -> Self {
        Self::Flaw(field.to_owned(), code)
    }

    pub(super) const MALFORMED: Self = Self::Problem(400, "malformed-request");

    /// Holds an answer against it. `not_told` is the problem of credentials that are not known, and `taken` the status
    /// of a request that is taken.
    ///
    /// # Errors
    /// What came instead.
    pub(super) fn check(&self, answer: &Answer, not_told: &str, taken: u16) -> Result<(), String> {
        let status = answer.status.as_u16();
        let (expected, name) = match self {
            Self::Taken(_) => {
                let is_taken = status == taken || (taken == 201 && status == 200);
                return if is_taken { Ok(()) } else { Err(told(answer)) };
            }
            Self::Flaw(..) | Self::Code(_) => (422, "validation"),
            Self::Problem(expected, name) => (*expected, *name),
            Self::NotTold => (401, not_told),
        };
        if status != expected || answer.header("content-type") != Some("application/problem+json") {
            return Err(told(answer));
        }
        let body = answer.json();
        let errors = body["errors"].as_array().into_iter().flatten();
        let found: Vec<(&str, &str)> = errors
            .map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        let is_right = match self {
            Self::Flaw(field, code) => found == [(field.as_str(), *code)],
            Self::Code(code) => found.len() == 1 && found[0].1 == *code,
            _ => found.is_empty(),
        };
        if is_right && body["type"] == format!("urn:milo:problem:{name}") {
            Ok(())
        } else {
            Err(told(answer))
        }
    }
}

fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body))
}
