//! `/health` and `/metrics`, on a port of the worker's own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use milo_process::{Dependency, Health, Metrics, Readiness};
use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use salvo::http::StatusCode;
use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router, Server, async_trait};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The most connections at one time: a few scrapers and probes.
const CONNECTIONS_MAX: usize = 64;
/// How long a client may take to send the head of a request, and how long a connection may be idle.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the page shows.
pub(crate) struct Page {
    health: Health,
    metrics: Metrics,
    stopping: CancellationToken,
}

/// A socket that waits for whoever watches.
pub(crate) struct Listening {
    acceptor: TcpAcceptor,
    pub(crate) address: SocketAddr,
}

impl Listening {
    /// Takes the address; port 0 takes any free port.
    pub(crate) async fn on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self {
            acceptor: listener.try_into()?,
            address,
        })
    }

    /// Shows the page for as long as it is polled.
    pub(crate) async fn show(self, page: Page) -> io::Result<()> {
        let fuse = FuseConfig::default()
            .with_http1_header_timeout(PATIENCE)
            .with_connection_idle_timeout(PATIENCE)
            .with_write_stall_timeout(PATIENCE);
        let page = Arc::new(page);
        let router = Router::new()
            .push(Router::with_path("health").get(ShowHealth(Arc::clone(&page))))
            .push(Router::with_path("metrics").get(ShowMetrics(page)));
        Server::new(self.acceptor)
            .fuse_config(fuse)
            .max_connections(CONNECTIONS_MAX)
            .try_serve(router)
            .await
    }
}

impl Page {
    /// A page of a worker that takes no new work once `stopping` is cancelled.
    pub(crate) fn new(health: Health, metrics: Metrics, stopping: CancellationToken) -> Self {
        Self {
            health,
            metrics,
            stopping,
        }
    }

    async fn readiness(&self) -> Readiness {
        let mut dependencies = self.health.check().await;
        if self.stopping.is_cancelled() {
            dependencies.push(Dependency {
                name: "worker".to_owned(),
                ready: false,
                required: true,
                note: "stopping".to_owned(),
            });
        }
        Readiness::of(dependencies)
    }
}

/// 200 while the worker can do its work, else 503, with one line for each thing that it depends on.
struct ShowHealth(Arc<Page>);

#[async_trait]
impl Handler for ShowHealth {
    async fn handle(&self, _: &mut Request, _: &mut Depot, res: &mut Response, _: &mut FlowCtrl) {
        let readiness = self.0.readiness().await;
        let status = if readiness.ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        match readiness.to_json() {
            Ok(body) => answer(res, status, "application/json", body),
            Err(_) => {
                res.status_code(StatusCode::INTERNAL_SERVER_ERROR);
            }
        }
    }
}

/// The measurements, for Prometheus.
struct ShowMetrics(Arc<Page>);

#[async_trait]
impl Handler for ShowMetrics {
    async fn handle(&self, _: &mut Request, _: &mut Depot, res: &mut Response, _: &mut FlowCtrl) {
        answer(res, StatusCode::OK, Metrics::MEDIA_TYPE, self.0.metrics.render());
    }
}

fn answer(res: &mut Response, status: StatusCode, media: &'static str, body: String) {
    res.status_code(status);
    let headers = res.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    res.replace_body(body.into_bytes().into());
}
