//! One request: who asks, whether it may, and what a node says to it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::request::Parts;
use http::{Request, Response, Version};
use hyper::body::Incoming;

use super::answer::{self, Finish, Line, Rate};
use super::body::{ClientBody, UpstreamBody};
use super::connection::Connection;
use super::forward::{Forwarded, forward};
use super::problem::Failure;
use super::receive::receive;
use super::request::{drop_fields, is_hop_by_hop, request_id, rewrite};
use crate::balancer::{Balancer, Live};
use crate::limits::{Client, Verdict};
use crate::wire::Refusal;

/// Answers one request.
pub(crate) async fn handle(
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<ClientBody>, Infallible> {
    let started = Instant::now();
    let balancer = &connection.balancer;
    let live = balancer.live_owned();
    let (mut parts, body) = request.into_parts();
    let closes = parts.version < Version::HTTP_2;
    let refused = connection.turn.take();

    let origin = connection.origin.of(&parts.headers, &live.config.trusted_proxies);
    let request_id = request_id(&parts.headers);
    let line = balancer.access.is_on().then(|| {
        Box::new(Line {
            client: origin.client,
            // What was refused is not the request that hyper was given in its place.
            asked: refused.is_none().then(|| (parts.method.clone(), parts.uri.clone())),
            request_id: request_id.clone(),
            node: None,
            attempts: 0,
        })
    });
    let mut finish = Finish {
        connection: connection.clone(),
        started,
        status: http::StatusCode::OK,
        line,
        bytes: 0,
        is_whole: false,
    };

    let (rate, admitted) = match refused {
        Some(refusal) => (None, Err(Failure::Refused(refusal))),
        None => admit(balancer, &live, origin.client),
    };
    let forwarded = match admitted {
        Err(failure) => Forwarded::failed(failure),
        Ok(()) => match prepare(&mut parts, body, &live, &connection, &origin, &request_id).await {
            Err(refusal) => Forwarded::failed(Failure::Refused(refusal)),
            Ok(body) => forward(&connection, &live, parts, body).await,
        },
    };

    if let Some(line) = &mut finish.line {
        line.node = forwarded.node;
        line.attempts = forwarded.attempts;
    }
    let mut response = match forwarded.answer {
        Ok(mut answer) => {
            finish.status = answer.status();
            drop_fields(answer.headers_mut(), is_hop_by_hop);
            answer.map(|body| ClientBody::of_node(body, finish))
        }
        Err(failure) => {
            let answer = failure.answer(&request_id, closes);
            finish.status = answer.status();
            answer.map(|bytes| ClientBody::own(bytes, finish))
        }
    };
    answer::name(response.headers_mut(), &request_id, rate.as_ref());
    Ok(response)
}

/// Whether a client may ask now.
fn admit(balancer: &Balancer, live: &Live, client: IpAddr) -> (Option<Rate>, Result<(), Failure>) {
    let Some(limit) = &live.rate_limit else {
        return (None, Ok(()));
    };
    let limits = &live.config.limits;
    let rate = |remaining: u32| Rate {
        limit: limit.clone(),
        remaining,
        reset_seconds: limits
            .requests_burst
            .saturating_sub(remaining)
            .div_ceil(limits.requests_per_second.max(1)),
    };
    match balancer.requests.check(Client::of(client)) {
        Verdict::Pass { remaining } => (Some(rate(remaining)), Ok(())),
        Verdict::Refuse { retry_after } => {
            let retry_after_seconds = retry_after.as_secs_f64().ceil().max(1.0) as u64;
            (Some(rate(0)), Err(Failure::TooMany { retry_after_seconds }))
        }
    }
}

/// Makes the request ready for a node.
async fn prepare(
    parts: &mut Parts,
    body: Incoming,
    live: &Live,
    connection: &Connection,
    origin: &super::origin::Origin,
    request_id: &http::HeaderValue,
) -> Result<UpstreamBody, Refusal> {
    if live.private.contains(parts.uri.path()) {
        return Err(Refusal::Private);
    }
    rewrite(parts, origin, request_id)?;
    receive(body, &live.config, &connection.turn).await
}
