//! A name for each request, on every answer, in every log line and in every problem.

use salvo::http::HeaderValue;
use salvo::http::header::HeaderName;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use uuid::Uuid;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CHARS_MAX: usize = 64;

/// The name of one request: the caller's, if it is 1 to 64 of `[A-Za-z0-9._-]`, else a new one.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The name of this request; empty before [`RequestIds`] has seen it.
    pub(crate) fn of(req: &Request) -> &str {
        req.extensions().get::<Self>().map_or("", Self::as_str)
    }

    fn as_str(&self) -> &str {
        // Only ASCII is ever stored.
        self.0.to_str().unwrap_or_default()
    }
}

/// Names each request.
pub(crate) struct RequestIds;

#[async_trait]
impl Handler for RequestIds {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        let id = match req.headers().get(&X_REQUEST_ID) {
            Some(value) if is_usable(value.as_bytes()) => value.clone(),
            _ => new_id(),
        };
        res.headers_mut().insert(X_REQUEST_ID, id.clone());
        req.extensions_mut().insert(RequestId(id));
        ctrl.call_next(req, depot, res).await;
    }
}

fn is_usable(value: &[u8]) -> bool {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=CHARS_MAX).contains(&value.len()) && value.iter().all(known)
}

fn new_id() -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = Uuid::now_v7().hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
