//! Asks the port for operators of a running balancer.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::HOST;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `GET /health/ready`
    Ready,
    /// `GET /status`
    Status,
    /// `POST /nodes/{address}/drain`
    Drain(SocketAddr),
    /// `POST /nodes/{address}/undrain`
    Undrain(SocketAddr),
}

/// The answer's text, if it is a good one.
///
/// # Errors
/// Nobody answers at `admin` within three seconds, or the answer is not a good one: then that is what the error says.
pub async fn ask(admin: SocketAddr, what: Ask) -> anyhow::Result<String> {
    let (status, text) = tokio::time::timeout(PATIENCE, exchange(admin, what))
        .await
        .with_context(|| format!("{admin} did not answer in time"))??;
    if !status.is_success() {
        bail!("{}", text.trim());
    }
    Ok(text)
}

async fn exchange(admin: SocketAddr, what: Ask) -> anyhow::Result<(StatusCode, String)> {
    let (method, path) = match what {
        Ask::Ready => (Method::GET, "/health/ready".to_owned()),
        Ask::Status => (Method::GET, "/status".to_owned()),
        Ask::Drain(node) => (Method::POST, format!("/nodes/{node}/drain")),
        Ask::Undrain(node) => (Method::POST, format!("/nodes/{node}/undrain")),
    };
    let stream = TcpStream::connect(admin)
        .await
        .with_context(|| format!("nobody answers at {admin}"))?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, admin.to_string())
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let bytes = answer.into_body().collect().await?.to_bytes();
    Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
}
