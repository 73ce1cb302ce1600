//! The bodies on both sides.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::answer::Finish;
use crate::node::{Lease, Wire};
use crate::wire::{Alarm, Refusal};

pub(crate) type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// What a node is sent.
#[derive(Debug)]
pub(crate) enum UpstreamBody {
    /// All of it is here, so it can be sent again.
    Whole(Bytes),
    /// It passes through as it comes.
    Passing(Box<Passing>),
}

/// A body that is too large to be kept.
#[derive(Debug)]
pub(crate) struct Passing {
    /// What was read before that was known.
    pub(super) first: Option<Bytes>,
    pub(super) rest: Incoming,
    pub(super) pace: BodyPace,
    pub(super) alarm: Alarm,
    /// Why it broke off, if the client and not the node is to blame.
    pub(super) fault: Arc<OnceLock<Refusal>>,
}

/// How fast a body must come, and how large it may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyPace {
    pub(super) begun: Instant,
    pub(super) grace: Duration,
    pub(super) bytes_per_second: u32,
    pub(super) bytes_max: u64,
    pub(super) bytes: u64,
}

impl BodyPace {
    /// When the next byte must be here.
    pub(super) fn deadline(&self) -> Instant {
        let earned = self.bytes.checked_div(u64::from(self.bytes_per_second)).unwrap_or(0);
        self.begun + self.grace + Duration::from_secs(earned)
    }
}

impl Passing {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        match Pin::new(&mut self.rest).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                self.pace.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.pace.bytes > self.pace.bytes_max {
                    let _ = self.fault.set(Refusal::LargeBody);
                    return Poll::Ready(Some(Err("the client's body is too large".into())));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => {
                let _ = self.fault.set(Refusal::Malformed("the body broke off"));
                Poll::Ready(Some(Err(error.into())))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.alarm.poll(context, self.pace.deadline()).map(|()| {
                let _ = self.fault.set(Refusal::SlowBody);
                Some(Err("the client's body comes too slowly".into()))
            }),
        }
    }
}

impl Body for UpstreamBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match self.get_mut() {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Passing(passing) => passing.poll(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Passing(passing) => passing.first.is_none() && passing.rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Passing(passing) if passing.first.is_none() => passing.rest.size_hint(),
            Self::Passing(_) => SizeHint::default(),
        }
    }
}

/// What a client is sent. When it is dropped, the request is over.
pub(crate) struct ClientBody {
    source: Source,
    finish: Finish,
}

enum Source {
    Own(Bytes),
    Node(NodeBody),
}

/// The body of a node's answer, with the connection it comes over.
pub(super) struct NodeBody {
    pub(super) inner: Incoming,
    /// What the body comes over.
    pub(super) wire: Option<Wire>,
    pub(super) lease: Lease,
    pub(super) worker: usize,
    pub(super) idle_max: usize,
    pub(super) silence_time: Duration,
    pub(super) silent_since: Option<Instant>,
    /// Why there is no more of it.
    pub(super) broken: Option<BodyError>,
    pub(super) alarm: Alarm,
}

impl NodeBody {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Some(Err(error)));
        }
        let inner = &mut self.inner;
        let frame = match &mut self.wire {
            Some(wire) => wire.poll_with(context, |context| Pin::new(&mut *inner).poll_frame(context)),
            None => return Poll::Ready(None),
        };
        match frame {
            Poll::Ready(Some(Err(error))) => {
                // What came before goes out first: hyper writes it when there is nothing to be had.
                self.broken = Some(error.into());
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Poll::Ready(frame) => {
                self.silent_since = None;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let since = *self.silent_since.get_or_insert_with(Instant::now);
                self.alarm
                    .poll(context, since + self.silence_time)
                    .map(|()| Some(Err("the node has been silent for too long".into())))
            }
        }
    }
}

impl Drop for NodeBody {
    fn drop(&mut self) {
        // A connection whose answer is not over is of no use to anybody else.
        if self.inner.is_end_stream()
            && let Some(wire) = self.wire.take()
            && !self.lease.node().is_retired()
        {
            self.lease.node().pool(self.worker).give_back(wire, self.idle_max);
        }
    }
}

impl ClientBody {
    pub(super) const fn own(bytes: Bytes, finish: Finish) -> Self {
        Self {
            source: Source::Own(bytes),
            finish,
        }
    }

    pub(super) const fn of_node(body: NodeBody, finish: Finish) -> Self {
        Self {
            source: Source::Node(body),
            finish,
        }
    }
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let frame = match &mut this.source {
            Source::Own(bytes) if bytes.is_empty() => Poll::Ready(None),
            Source::Own(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Source::Node(body) => body.poll(context),
        };
        match &frame {
            Poll::Ready(Some(Ok(frame))) => this.finish.sent(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(Some(Err(error))) => this.finish.broke(&**error),
            Poll::Ready(None) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_empty(),
            Source::Node(body) => body.inner.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Node(body) => body.inner.size_hint(),
        }
    }
}

impl Drop for ClientBody {
    fn drop(&mut self) {
        if self.is_end_stream() {
            self.finish.whole();
        }
    }
}
