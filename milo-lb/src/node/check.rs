//! Active checks: asks a node whether it is ready.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use http::header::{CONNECTION, HOST, USER_AGENT};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Node;
use crate::balancer::Balancer;
use crate::config::HealthConfig;
use crate::health::Check;

/// Checks a node until it is retired or the balancer is gone.
pub(crate) async fn keep_checking(node: Arc<Node>, balancer: Weak<Balancer>) {
    loop {
        let Some(checks) = balancer.upgrade().map(|balancer| balancer.live().config.health.clone()) else {
            return;
        };
        let found = check(node.address, &checks).await;
        if node.is_retired() {
            return;
        }
        if found != Check::Passed {
            node.meters.failed_checks.increment(1);
            tracing::debug!(node = %node.address, ?found, "a check did not pass");
        }
        node.checked(found);
        // Not all at once, for ever: the nodes' checks would meet.
        tokio::time::sleep(checks.interval.mul_f64(rand::random_range(0.9..1.1))).await;
    }
}

async fn check(address: SocketAddr, checks: &HealthConfig) -> Check {
    match tokio::time::timeout(checks.timeout, ask(address, &checks.path)).await {
        Ok(Ok(status)) if status.is_success() => Check::Passed,
        Ok(Ok(status)) => Check::Refused {
            status: status.as_u16(),
        },
        Ok(Err(_)) | Err(_) => Check::NoAnswer,
    }
}

/// Over a connection of its own: what is checked is also that one can be opened.
async fn ask(address: SocketAddr, path: &str) -> anyhow::Result<http::StatusCode> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = http::Request::get(path)
        .header(HOST, address.to_string())
        .header(USER_AGENT, "milo-lb")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await;
    connection.abort();
    Ok(answer?.status())
}
