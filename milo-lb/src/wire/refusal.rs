//! Why a request is not passed on.

use http::StatusCode;

/// Why a request is refused here, before any node is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It cannot be read in one way only; says where.
    Malformed(&'static str),
    /// A method that no proxy should pass on.
    Method,
    /// The head did not come in time.
    SlowHead,
    /// The body did not come in time.
    SlowBody,
    /// The body is larger than allowed.
    LargeBody,
    /// The target is longer than allowed.
    LongTarget,
    /// An expectation other than `100-continue`.
    Expectation,
    /// The head is larger than allowed, or has too many fields.
    LargeHead,
    /// Neither HTTP/1.0 nor HTTP/1.1.
    Version,
    /// The path is not for clients.
    Private,
}

impl Refusal {
    /// The status, the name of the problem's type, its title, and what would be right.
    pub(crate) const fn told(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::Malformed(detail) => (
                StatusCode::BAD_REQUEST,
                "malformed-request",
                "The request cannot be read",
                detail,
            ),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "The method is not allowed here",
                "TRACE and CONNECT are not passed on",
            ),
            Self::SlowHead => (
                StatusCode::REQUEST_TIMEOUT,
                "request-timeout",
                "The request took too long to come",
                "the head must come as a whole, without pauses",
            ),
            Self::SlowBody => (
                StatusCode::REQUEST_TIMEOUT,
                "request-timeout",
                "The request took too long to come",
                "the body must come faster",
            ),
            Self::LargeBody => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload-too-large",
                "The body is too large",
                "send a smaller body",
            ),
            Self::LongTarget => (
                StatusCode::URI_TOO_LONG,
                "target-too-long",
                "The address is too long",
                "send a shorter path and query",
            ),
            Self::Expectation => (
                StatusCode::EXPECTATION_FAILED,
                "expectation-failed",
                "The expectation cannot be met",
                "the only expectation that can be met is 100-continue",
            ),
            Self::LargeHead => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head-too-large",
                "The head is too large",
                "send fewer or smaller fields",
            ),
            Self::Version => (
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "version-not-supported",
                "The version of HTTP is not spoken here",
                "speak HTTP/1.1, or HTTP/2 over TLS",
            ),
            Self::Private => (
                StatusCode::NOT_FOUND,
                "not-found",
                "There is no such thing",
                "nothing is served at this address",
            ),
        }
    }
}
