//! Errors as clients see them: RFC 9457 `application/problem+json`.

mod accounts;
mod booking;
mod catalog;
mod document;
mod kind;
mod operations;
mod port;
mod reviews;
mod violations;

use std::borrow::Cow;
use std::time::Duration;

use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use salvo::http::{ResBody, StatusCode};
use salvo::oapi::{Components, EndpointOutRegister, Operation};
use salvo::{Depot, Request, Response, Writer, async_trait};
use serde::ser::SerializeMap;
use serde_json::Value;

pub(crate) use document::document_problem;
pub use kind::ProblemType;
pub use violations::FieldError;
pub(crate) use violations::Violations;

use crate::layers::RequestId;

/// One answered error.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: ProblemType,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    members: Vec<(&'static str, Value)>,
    retry_after: Option<Duration>,
}

impl Problem {
    /// A problem; `detail` says what to do about it and never repeats a value of the request.
    pub fn new(kind: ProblemType, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            members: Vec::new(),
            retry_after: None,
        }))
    }

    /// There is no such thing, or it is not the caller's.
    pub fn not_found() -> Self {
        Self::new(ProblemType::NotFound, "Nothing is known under this address.")
    }

    /// A defect of Milo; what it was is in the log.
    pub fn internal() -> Self {
        Self::new(
            ProblemType::Internal,
            "The request failed. Quote the request id when you report it.",
        )
    }

    /// Wrong fields or parameters.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        let mut problem = Self::new(ProblemType::Validation, "See errors for what is wrong and where.");
        problem.0.errors = errors;
        problem
    }

    /// One wrong field or parameter.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::validation(vec![FieldError::new(field, code, message)])
    }

    /// The problem with a member of its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.members.push((name, value.into()));
        self
    }

    /// The problem with a time after which the same request may succeed; told in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ProblemType {
        self.0.kind
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status()
    }

    /// Writes the answer, in place of whatever was written before.
    pub(crate) fn render(self, req: &Request, res: &mut Response) {
        let parts = self.0;
        let body = Body {
            parts: &parts,
            instance: RequestId::of(req),
        };
        // Only strings, numbers and lists of them: writing them cannot fail.
        let body = serde_json::to_vec(&body).unwrap_or_default();
        res.status_code(parts.kind.status());
        let headers = res.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match parts.kind {
            ProblemType::InvalidToken => {
                let challenge = HeaderValue::from_static("Bearer realm=\"milo\", error=\"invalid_token\"");
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            kind if kind.status() == StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"milo\""));
            }
            _ => {}
        }
        if let Some(wait) = parts.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        res.extensions.insert(parts.kind);
        res.replace_body(ResBody::Once(body.into()));
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

struct Body<'a> {
    parts: &'a Parts,
    instance: &'a str,
}

impl serde::Serialize for Body<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = self.parts.kind;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", kind.urn())?;
        map.serialize_entry("title", kind.title())?;
        map.serialize_entry("status", &kind.status().as_u16())?;
        map.serialize_entry("detail", &self.parts.detail)?;
        map.serialize_entry("instance", self.instance)?;
        if !self.parts.errors.is_empty() {
            map.serialize_entry("errors", &self.parts.errors)?;
        }
        for (name, value) in &self.parts.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[async_trait]
impl Writer for Problem {
    async fn write(self, req: &mut Request, _depot: &mut Depot, res: &mut Response) {
        self.render(req, res);
    }
}

/// Which problems an operation answers stands in the table of routes and with each extractor.
impl EndpointOutRegister for Problem {
    fn register(_: &mut Components, _: &mut Operation) {}
}
