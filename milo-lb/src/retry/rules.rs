//! Which request may be sent again.

use http::{HeaderMap, Method};

/// Whether carrying a request out twice does no more than carrying it out once: it only reads, or it has an `Idempotency-Key`, by which the node knows it
/// again (draft-ietf-httpapi-idempotency-key-header).
#[must_use]
pub fn may_repeat(method: &Method, headers: &HeaderMap) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let mut keys = headers.get_all("idempotency-key").iter();
    matches!((keys.next(), keys.next()), (Some(key), None) if !key.as_bytes().trim_ascii().is_empty())
}
