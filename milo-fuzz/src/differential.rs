//! What the load balancer's reader lets through is delimited in the same way by hyper and by httparse.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use milo_lb::fuzzing::{FIELDS, Framed, HEAD_BYTES, read_slowly};

/// Longer inputs find nothing that shorter ones do not.
const INPUT_BYTES_MAX: usize = 16 * 1024;

/// A request as hyper reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    line: String,
    fields: Vec<(String, Vec<u8>)>,
    /// None if it broke off.
    body: Option<Vec<u8>>,
    closes: bool,
}

/// The two readers agree.
pub(crate) fn request_framing(input: &[u8]) {
    let input = &input[..input.len().min(INPUT_BYTES_MAX)];
    let passed = read_slowly(input);
    let ours: Vec<Seen> = passed.requests.iter().map(by_httparse).collect();
    let (theirs, refused) = by_hyper(&input[..passed.bytes]);
    assert!(
        theirs.len() <= ours.len(),
        "hyper sees {} requests, we {}: {theirs:?}",
        theirs.len(),
        ours.len()
    );
    for (place, (theirs, ours)) in theirs.iter().zip(&ours).enumerate() {
        assert_eq!(theirs.line, ours.line, "request {place}");
        assert_eq!(theirs.fields, ours.fields, "request {place}");
        assert_eq!(theirs.body, ours.body, "request {place}");
    }
    // hyper may stop early, but only after a request that was the last by its own word, or that broke off, or because it
    // refuses the next one: it is stricter about the characters of a target.
    if let Some(last) = theirs.last()
        && theirs.len() < ours.len()
    {
        assert!(
            refused || last.closes || last.body.is_none(),
            "hyper lost what came after {last:?}"
        );
    }
}

/// What httparse makes of a request as we delimit it; panics unless it takes exactly our head.
fn by_httparse(request: &Framed) -> Seen {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    let status = parsed.parse(&request.head).expect("what we let through is a request");
    assert_eq!(
        status,
        httparse::Status::Complete(request.head.len()),
        "a head ends where we say"
    );
    let (method, path) = (parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
    let value = |name: &str| {
        let mut values = parsed
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        let first = values.next().map(|field| field.value);
        assert!(values.next().is_none() || name == "connection", "{name} has one value");
        first
    };
    let (length, coding) = (value("content-length"), value("transfer-encoding"));
    let body = match (length, coding) {
        (Some(_), Some(_)) => panic!("a body has one length"),
        (None, None) => {
            assert!(request.body.is_empty(), "what has no length has no body");
            request.whole.then(Vec::new)
        }
        (Some(length), None) => {
            let length: usize = std::str::from_utf8(length)
                .ok()
                .and_then(|text| text.parse().ok())
                .unwrap_or(usize::MAX);
            assert!(request.body.len() <= length);
            assert_eq!(
                request.whole,
                request.body.len() == length,
                "a body ends where its length says"
            );
            request.whole.then(|| request.body.clone())
        }
        (None, Some(coding)) => {
            assert_eq!(coding, b"chunked");
            if request.whole {
                Some(unchunked(&request.body))
            } else {
                None
            }
        }
    };
    let names = parsed
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), field.value.to_vec()));
    let mut fields: Vec<_> = names.collect();
    fields.sort();
    // hyper writes a scheme in small letters, and an absolute target with a path.
    let target = path
        .parse::<http::Uri>()
        .map_or_else(|_| path.to_owned(), |uri| uri.to_string());
    Seen {
        line: format!("{method} {target} {}", parsed.version.unwrap_or_default()),
        fields,
        body,
        closes: false,
    }
}

/// The content of a whole chunked body; panics unless it ends where it must.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(body) else {
            panic!("a chunk begins with its size: {body:?}");
        };
        body = &body[start..];
        if size == 0 {
            break;
        }
        let size = usize::try_from(size).expect("a chunk is short");
        content.extend_from_slice(&body[..size]);
        body = body[size..].strip_prefix(b"\r\n").expect("a chunk ends with CR LF");
    }
    let trailers_end = body == b"\r\n" || body.ends_with(b"\r\n\r\n");
    assert!(trailers_end, "a chunked body ends with an empty line");
    content
}

/// Bytes that have come, and nothing after them.
struct Wire {
    bytes: Bytes,
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = cursor.remaining().min(self.bytes.len());
        cursor.put_slice(&self.bytes.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl Write for Wire {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What hyper makes of the bytes, with the settings of the load balancer, and whether it refuses some in the end.
fn by_hyper(bytes: &[u8]) -> (Vec<Seen>, bool) {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let wire = Wire {
        bytes: Bytes::copy_from_slice(bytes),
    };
    let service = service_fn(|request| see(Arc::clone(&seen), request));
    let served = http1::Builder::new()
        .half_close(true)
        .header_read_timeout(None)
        .max_headers(FIELDS + 1)
        .max_buf_size(HEAD_BYTES.max(8192) + 8192)
        .serve_connection(wire, service);
    let ended = RUNTIME.with(|runtime| runtime.block_on(served));
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    (seen.clone(), ended.is_err_and(|error| error.is_parse()))
}

async fn see(all: Arc<Mutex<Vec<Seen>>>, request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let version = u8::from(head.version == http::Version::HTTP_11);
    let named = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let mut fields: Vec<_> = named.collect();
    fields.sort();
    let closes = fields.iter().any(|(name, _)| name == "connection") || version == 0;
    let collected = body.collect().await.ok().map(|body| body.to_bytes().to_vec());
    let line = format!("{} {} {version}", head.method, head.uri);
    let seen = Seen {
        line,
        fields,
        body: collected,
        closes,
    };
    all.lock().unwrap_or_else(PoisonError::into_inner).push(seen);
    Ok(Response::new(Empty::new()))
}
