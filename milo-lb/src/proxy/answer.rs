//! What a client gets of an answer, and what is noted when it is over.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

use super::connection::Connection;
use super::request::X_REQUEST_ID;
use crate::access::{AccessLine, milliseconds, now};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// What a client may still ask for.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    pub(super) limit: HeaderValue,
    pub(super) remaining: u32,
    /// Until everything may be asked for again.
    pub(super) reset_seconds: u32,
}

/// Writes what every answer carries, unless the node has: the request's name, and what the client may still ask for.
pub(super) fn name(headers: &mut HeaderMap, request_id: &HeaderValue, rate: Option<&Rate>) {
    if !headers.contains_key(X_REQUEST_ID) {
        headers.insert(X_REQUEST_ID, request_id.clone());
    }
    if let Some(rate) = rate
        && !headers.contains_key(RATE_LIMIT)
    {
        headers.insert(RATE_LIMIT, rate.limit.clone());
        headers.insert(RATE_REMAINING, HeaderValue::from(rate.remaining));
        headers.insert(RATE_RESET, HeaderValue::from(rate.reset_seconds));
    }
}

/// Notes that a request is over, when it is.
pub(super) struct Finish {
    pub(super) connection: Arc<Connection>,
    pub(super) started: Instant,
    pub(super) status: StatusCode,
    pub(super) line: Option<Box<Line>>,
    pub(super) bytes: u64,
    pub(super) is_whole: bool,
}

/// What the access log says besides.
pub(super) struct Line {
    pub(super) client: IpAddr,
    /// None if it could not be read.
    pub(super) asked: Option<(Method, Uri)>,
    pub(super) request_id: HeaderValue,
    pub(super) node: Option<SocketAddr>,
    pub(super) attempts: usize,
}

impl Finish {
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(super) const fn whole(&mut self) {
        self.is_whole = true;
    }

    pub(super) fn broke(&self, error: &(dyn std::error::Error + 'static)) {
        let request_id = self.line.as_ref().and_then(|line| line.request_id.to_str().ok());
        tracing::warn!(request_id, %error, "an answer broke off");
    }
}

impl Drop for Finish {
    fn drop(&mut self) {
        let balancer = &self.connection.balancer;
        let took = self.started.elapsed();
        balancer.meters.answered(self.status, took);
        if let Some(line) = &self.line {
            balancer.access.write(&AccessLine {
                time: now(),
                client: line.client,
                method: line.asked.as_ref().map(|(method, _)| method.as_str()),
                path: line.asked.as_ref().map(|(_, uri)| uri.path()),
                status: self.status.as_u16(),
                bytes: self.bytes,
                duration_ms: milliseconds(took),
                complete: self.is_whole,
                node: line.node.map(|node| node.to_string()),
                attempts: line.attempts,
                request_id: line.request_id.to_str().unwrap_or_default(),
            });
        }
        self.connection.turn.done();
    }
}
