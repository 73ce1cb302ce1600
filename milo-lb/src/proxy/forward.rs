//! Sends a request to a node, and to another if that one fails and no harm can come of it.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use super::body::{NodeBody, UpstreamBody};
use super::connection::Connection;
use super::patience::{Impatience, wait};
use super::problem::Failure;
use crate::balancer::{Live, Tried};
use crate::health::Outcome;
use crate::node::{Lease, Wire};
use crate::retry::may_repeat;
use crate::wire::Alarm;

/// What came of it.
pub(super) struct Forwarded {
    pub(super) answer: Result<Response<NodeBody>, Failure>,
    /// The node that was asked last.
    pub(super) node: Option<SocketAddr>,
    pub(super) attempts: usize,
}

impl Forwarded {
    pub(super) const fn failed(failure: Failure) -> Self {
        Self {
            answer: Err(failure),
            node: None,
            attempts: 0,
        }
    }
}

/// How one node took a request.
enum Sent {
    Answered(Response<Incoming>, Wire),
    /// No connection could be opened; nothing was sent. Here it is again.
    Unsent(Request<UpstreamBody>),
    /// It was sent, in part at least, and there is no answer.
    Lost {
        timed_out: bool,
        is_node_at_fault: bool,
    },
}

pub(super) async fn forward(connection: &Connection, live: &Arc<Live>, parts: Parts, body: UpstreamBody) -> Forwarded {
    let balancer = &connection.balancer;
    let upstream = &live.config.upstream;
    balancer.budget.request(Instant::now());
    let (kept, fault) = match &body {
        UpstreamBody::Whole(bytes) => (may_repeat(&parts.method, &parts.headers).then(|| bytes.clone()), None),
        UpstreamBody::Passing(passing) => (None, Some(passing.fault.clone())),
    };
    // The answer to a body that passes through may take as long as the body.
    let patience = match &fault {
        None => upstream.response_timeout,
        Some(_) => upstream.response_timeout.saturating_add(passing_time(live)),
    };

    let mut alarm = connection.take_alarm();
    let mut request = Request::from_parts(parts, body);
    let mut tried = Tried::default();
    let mut sent_count = 0;
    let mut last = None;
    let mut failure = Failure::NoNode;
    let mut next = live.pick(&tried);
    while let Some((index, lease)) = next.take() {
        last = Some(lease.node().address);
        let node = lease.node().clone();
        tried.push(index);
        let repeats = sent_count + 1 < live.config.retry.nodes_max;
        let spare = kept.as_ref().filter(|_| repeats).map(|bytes| copy(&request, bytes));
        let begun = Instant::now();
        // A node that has fallen silent is waited for only as long as there is no other.
        let in_vain = || spare.is_some() && node.is_silent() && live.pick(&tried).is_some();
        let may_repeat_now = || {
            let granted = balancer.budget.take(Instant::now());
            if !granted {
                balancer.meters.retries_spared.increment(1);
            }
            granted
        };

        match send(&lease, connection.worker, live, request, patience, &mut alarm, in_vain).await {
            Sent::Answered(answer, wire) => {
                let status = answer.status();
                node.meters.answered(status, begun.elapsed());
                node.found(
                    Outcome::Answered {
                        status: status.as_u16(),
                    },
                    || live.may_eject(),
                );
                if let Some(spare) = spare
                    && live.config.retry.statuses.contains(&status.as_u16())
                    && let Some(other) = live.pick(&tried)
                    && may_repeat_now()
                {
                    balancer.meters.retries_status.increment(1);
                    sent_count += 1;
                    request = spare;
                    next = Some(other);
                    continue;
                }
                return Forwarded {
                    answer: Ok(answered(answer, wire, lease, connection.worker, live)),
                    node: last,
                    attempts: tried.count(),
                };
            }
            Sent::Unsent(unsent) => {
                node.meters.unreachable.increment(1);
                node.found(Outcome::Unreachable, || true);
                request = unsent;
                next = live.pick(&tried);
                if next.is_some() {
                    balancer.meters.retries_unreachable.increment(1);
                }
            }
            Sent::Lost {
                timed_out,
                is_node_at_fault,
            } => {
                if let Some(refusal) = fault.as_ref().and_then(|fault| fault.get()) {
                    failure = Failure::Refused(*refusal);
                    break;
                }
                sent_count += 1;
                if timed_out {
                    node.meters.timed_out.increment(1);
                } else {
                    node.meters.broken.increment(1);
                }
                if is_node_at_fault {
                    node.found(Outcome::Broken, || true);
                }
                failure = if timed_out { Failure::TimedOut } else { Failure::Broken };
                let Some(spare) = spare else { break };
                let Some(other) = live.pick(&tried) else { break };
                if !may_repeat_now() {
                    break;
                }
                balancer.meters.retries_broken.increment(1);
                request = spare;
                next = Some(other);
            }
        }
    }
    Forwarded {
        answer: Err(failure),
        node: last,
        attempts: tried.count(),
    }
}

/// How long a body that passes through may take.
fn passing_time(live: &Live) -> Duration {
    let timeouts = &live.config.timeouts;
    let seconds = live.config.limits.body_bytes / u64::from(timeouts.body_bytes_per_second.max(1));
    timeouts.body + Duration::from_secs(seconds)
}

fn copy(request: &Request<UpstreamBody>, bytes: &Bytes) -> Request<UpstreamBody> {
    let mut copy = Request::new(UpstreamBody::Whole(bytes.clone()));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// Sends a request to one node, over a connection that is there or a new one.
async fn send(
    lease: &Lease,
    worker: usize,
    live: &Live,
    mut request: Request<UpstreamBody>,
    patience: Duration,
    alarm: &mut Alarm,
    in_vain: impl Fn() -> bool,
) -> Sent {
    let (node, upstream) = (lease.node(), &live.config.upstream);
    let mut pooled = node.pool(worker).take(Instant::now(), upstream.idle_timeout);
    loop {
        let mut wire = match pooled.take() {
            Some(wire) => wire,
            None => match Wire::open(node.address, upstream.connect_timeout).await {
                Ok(wire) => {
                    node.meters.opened.increment(1);
                    wire
                }
                Err(error) => {
                    tracing::debug!(node = %node.address, %error, "a node cannot be reached");
                    return Sent::Unsent(request);
                }
            },
        };
        let mut asked = pin!(wire.sender.try_send_request(request));
        let driven = poll_fn(|context| wire.poll_with(context, |context| asked.as_mut().poll(context)));
        let answer = wait(driven, patience, alarm, &in_vain).await;
        match answer {
            Ok(Ok(answer)) => return Sent::Answered(answer, wire),
            Err(impatience) => {
                let timed_out = impatience == Impatience::TimedOut;
                return Sent::Lost {
                    timed_out,
                    is_node_at_fault: timed_out,
                };
            }
            Ok(Err(mut error)) => match error.take_message() {
                // The connection was closed before a byte of the request went out. One that was kept may have grown old; then a new one will do.
                Some(unsent) if wire.is_used => request = unsent,
                Some(unsent) => return Sent::Unsent(unsent),
                None => {
                    let error = error.into_error();
                    tracing::debug!(node = %node.address, %error, "a node gave no answer");
                    return Sent::Lost {
                        timed_out: false,
                        is_node_at_fault: !wire.is_used,
                    };
                }
            },
        }
    }
}

fn answered(answer: Response<Incoming>, wire: Wire, lease: Lease, worker: usize, live: &Live) -> Response<NodeBody> {
    answer.map(|inner| NodeBody {
        inner,
        wire: Some(wire),
        lease,
        worker,
        idle_max: live.config.upstream.idle_max,
        silence_time: live.config.upstream.silence_timeout,
        silent_since: None,
        broken: None,
        alarm: Alarm::default(),
    })
}
