//! Takes a request's body from the client before a node is troubled with it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::body::{BodyPace, Passing, UpstreamBody};
use crate::config::Config;
use crate::wire::{Alarm, Refusal, Turn};

/// The whole body, if it is small enough to be kept; else one that passes through.
///
/// # Errors
/// It is too large, comes too slowly, breaks off, or cannot be read in one way only.
pub(super) async fn receive(mut body: Incoming, config: &Config, turn: &Turn) -> Result<UpstreamBody, Refusal> {
    if body.is_end_stream() {
        return Ok(UpstreamBody::Whole(Bytes::new()));
    }
    let declared = body.size_hint().exact();
    let (kept_max, bytes_max) = (config.retry.kept_body_bytes, config.limits.body_bytes);
    if declared.is_some_and(|bytes| bytes > bytes_max) {
        return Err(Refusal::LargeBody);
    }
    let mut pace = BodyPace {
        begun: Instant::now(),
        grace: config.timeouts.body,
        bytes_per_second: config.timeouts.body_bytes_per_second,
        bytes_max,
        bytes: 0,
    };
    if declared.is_some_and(|bytes| bytes > kept_max) {
        return Ok(passing(None, body, pace));
    }

    let mut whole = Growing::default();
    loop {
        let frame = match timeout_at(pace.deadline(), body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(_))) => {
                return Err(turn.broken().unwrap_or(Refusal::Malformed("the body broke off")));
            }
            Ok(None) => return Ok(UpstreamBody::Whole(whole.into_bytes())),
            Err(_) => return Err(Refusal::SlowBody),
        };
        // Trailers go no further.
        let Ok(data) = frame.into_data() else { continue };
        pace.bytes += data.len() as u64;
        if pace.bytes > bytes_max {
            return Err(Refusal::LargeBody);
        }
        whole.push(data, declared);
        if pace.bytes > kept_max {
            return Ok(passing(Some(whole.into_bytes()), body, pace));
        }
        if body.is_end_stream() {
            return Ok(UpstreamBody::Whole(whole.into_bytes()));
        }
    }
}

fn passing(first: Option<Bytes>, rest: Incoming, pace: BodyPace) -> UpstreamBody {
    UpstreamBody::Passing(Box::new(Passing {
        first,
        rest,
        pace,
        alarm: Alarm::default(),
        fault: Arc::default(),
    }))
}

/// A body that grows. One that comes at once is not copied.
#[derive(Default)]
struct Growing {
    one: Bytes,
    many: BytesMut,
}

impl Growing {
    fn push(&mut self, data: Bytes, declared: Option<u64>) {
        if self.one.is_empty() && self.many.is_empty() {
            self.one = data;
            return;
        }
        if self.many.is_empty() {
            self.many
                .reserve(declared.and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(0));
            self.many.extend_from_slice(&std::mem::take(&mut self.one));
        }
        self.many.extend_from_slice(&data);
    }

    fn into_bytes(self) -> Bytes {
        if self.many.is_empty() {
            self.one
        } else {
            self.many.freeze()
        }
    }
}
