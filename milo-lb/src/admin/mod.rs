//! The port for operators.

mod client;
mod status;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

pub use client::{Ask, ask};
pub use status::{NodeStatus, Status};

use crate::balancer::Balancer;

const HEAD_TIME: Duration = Duration::from_secs(5);

/// What operators are told, and by whom.
pub(crate) struct Admin {
    pub(crate) balancer: Arc<Balancer>,
    pub(crate) metrics: Option<PrometheusHandle>,
    /// Whether it was told to stop.
    pub(crate) stopping: Arc<AtomicBool>,
}

impl Admin {
    /// Serves operators for as long as the process runs.
    pub(crate) async fn keep(self, listener: TcpListener) {
        let admin = Arc::new(self);
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let admin = admin.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let answer = admin.answer(&request);
                    async { Ok::<_, Infallible>(answer) }
                });
                let _ = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_TIME)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let writes = request.method() == Method::POST;
        match path {
            "/health/live" if reads => text(StatusCode::OK, "live\n"),
            "/health/ready" if reads => self.ready(),
            "/metrics" if reads => match &self.metrics {
                Some(metrics) => text(StatusCode::OK, metrics.render()),
                None => text(StatusCode::NOT_FOUND, "no metrics are kept\n"),
            },
            "/status" if reads => json(&self.status()),
            "/health/live" | "/health/ready" | "/metrics" | "/status" => not_allowed("GET, HEAD"),
            _ => match drain(path) {
                Some((address, drains)) if writes => self.drain(address, drains),
                Some(_) => not_allowed("POST"),
                None => text(
                    StatusCode::NOT_FOUND,
                    "there are /health/live, /health/ready, /metrics, /status, /nodes/{address}/drain and /nodes/{address}/undrain\n",
                ),
            },
        }
    }

    fn status(&self) -> Status {
        Status::of(&self.balancer, self.stopping.load(Ordering::Relaxed))
    }

    fn ready(&self) -> Response<Full<Bytes>> {
        let status = self.status();
        if status.stopping {
            text(StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
        } else if status.takes_requests() {
            text(StatusCode::OK, "ready\n")
        } else {
            text(StatusCode::SERVICE_UNAVAILABLE, "no node takes requests\n")
        }
    }

    fn drain(&self, address: SocketAddr, drains: bool) -> Response<Full<Bytes>> {
        match self.balancer.node(address) {
            Some(node) => {
                node.drain(drains);
                json(&self.status())
            }
            None => text(StatusCode::NOT_FOUND, "there is no such node; /status lists them\n"),
        }
    }
}

/// `/nodes/{address}/drain` and `/nodes/{address}/undrain`.
fn drain(path: &str) -> Option<(SocketAddr, bool)> {
    let (address, act) = path.strip_prefix("/nodes/")?.rsplit_once('/')?;
    let drains = match act {
        "drain" => true,
        "undrain" => false,
        _ => return None,
    };
    Some((address.parse().ok()?, drains))
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    answer(status, "text/plain; charset=utf-8", text)
}

fn json(value: &impl serde::Serialize) -> Response<Full<Bytes>> {
    answer(
        StatusCode::OK,
        "application/json",
        serde_json::to_vec(value).unwrap_or_default(),
    )
}

fn not_allowed(methods: &'static str) -> Response<Full<Bytes>> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, format!("only {methods}\n"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn answer(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
