//! Answers of our own: RFC 9457 problems, as the nodes give them.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::meters;
use crate::wire::Refusal;

/// Why we answer, and no node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request is refused.
    Refused(Refusal),
    /// The client makes too many requests; it may make one in so many seconds.
    TooMany { retry_after_seconds: u64 },
    /// No node takes requests, or no connection could be opened to any. Nothing was sent.
    NoNode,
    /// The request was sent, and the connection broke before its answer.
    Broken,
    /// The request was sent, and its answer did not come in time.
    TimedOut,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
}

impl Failure {
    const fn told(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Refused(refusal) => refusal.told(),
            Self::TooMany { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests",
                "wait as long as Retry-After says, and ask less often",
            ),
            Self::NoNode => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "No server can answer at the moment",
                "nothing was done; try again shortly",
            ),
            Self::Broken => (
                StatusCode::BAD_GATEWAY,
                "bad-gateway",
                "The server did not answer",
                "the request may have been carried out; repeat it with an Idempotency-Key, or look before you do",
            ),
            Self::TimedOut => (
                StatusCode::GATEWAY_TIMEOUT,
                "gateway-timeout",
                "The server did not answer in time",
                "the request may have been carried out; repeat it with an Idempotency-Key, or look before you do",
            ),
        }
    }

    /// The answer. `closes`: whether the connection can be told to end with it.
    pub(crate) fn answer(self, request_id: &HeaderValue, closes: bool) -> Response<Bytes> {
        let (status, name, title, detail) = self.told();
        meters::refused(name);
        let document = Document {
            r#type: format!("urn:milo:problem:{name}"),
            title,
            status: status.as_u16(),
            detail,
            instance: request_id.to_str().unwrap_or_default(),
        };
        let mut answer = Response::new(serde_json::to_vec(&document).unwrap_or_default().into());
        *answer.status_mut() = status;
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::TooMany { retry_after_seconds } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(retry_after_seconds));
            }
            Self::NoNode => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::Refused(Refusal::Method) => {
                headers.insert(
                    ALLOW,
                    HeaderValue::from_static("GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE"),
                );
            }
            Self::Refused(_) | Self::Broken | Self::TimedOut => {}
        }
        if closes && matches!(self, Self::Refused(refusal) if refusal != Refusal::Private) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}
