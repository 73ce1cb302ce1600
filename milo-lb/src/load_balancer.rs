//! The whole, from its start to its stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tracing_appender::non_blocking::WorkerGuard;

use crate::access::AccessSink;
use crate::admin::Admin;
use crate::balancer::Balancer;
use crate::config::{Config, StopConfig};
use crate::meters;
use crate::server::{Door, Workers, bind};

/// A load balancer that runs.
pub struct LoadBalancer {
    address: SocketAddr,
    admin_address: SocketAddr,
    balancer: Arc<Balancer>,
    workers: Arc<Workers>,
    door: JoinHandle<()>,
    admin: JoinHandle<()>,
    stopping: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
    /// Ends when the last connection does.
    alive: mpsc::Receiver<()>,
    _access: Option<WorkerGuard>,
}

impl LoadBalancer {
    /// Binds both ports, looks the nodes up and serves. `metrics` renders what `/metrics` tells.
    ///
    /// Must be called in a Tokio runtime; clients are served on threads of their own.
    ///
    /// # Errors
    /// A port cannot be had, or the TLS files or the access log cannot be used. The error names the setting.
    pub async fn start(config: Config, metrics: Option<PrometheusHandle>) -> anyhow::Result<Self> {
        let (listener, operators) = (
            bind(config.listen, "listen (MILO_LB_LISTEN)")?,
            bind(config.admin.listen, "admin.listen (MILO_LB_ADMIN_LISTEN)")?,
        );
        let (address, admin_address) = (listener.local_addr()?, operators.local_addr()?);
        let (access, guard) = AccessSink::open(&config.log.access)
            .map_err(|error| anyhow::anyhow!("log.access (MILO_LB_LOG_ACCESS): the file cannot be written: {error}"))?;
        let threads = match config.workers {
            0 => available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let balancer = Balancer::start(config, threads, access).await?;

        let (stop, stopped) = watch::channel(false);
        let (hold, alive) = mpsc::channel(1);
        let workers = Arc::new(Workers::start(threads, &balancer, &stopped)?);
        let door = Door {
            listener,
            balancer: balancer.clone(),
            workers: workers.clone(),
            alive: hold,
        };
        let stopping = Arc::new(AtomicBool::new(false));
        let admin = Admin {
            balancer: balancer.clone(),
            metrics,
            stopping: stopping.clone(),
        };
        Ok(Self {
            address,
            admin_address,
            balancer,
            workers,
            door: tokio::spawn(door.keep(stopped)),
            admin: tokio::spawn(admin.keep(operators)),
            stopping,
            stop,
            alive,
            _access: guard,
        })
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators connect.
    #[must_use]
    pub const fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Goes over to another configuration without dropping a request or a connection. Addresses to listen on, the number of threads and the logs stay as
    /// they were at the start.
    ///
    /// # Errors
    /// It cannot be used; nothing has changed.
    pub async fn reload(&self, config: Config) -> anyhow::Result<()> {
        let reloaded = self.balancer.reload(config).await;
        meters::reloaded(if reloaded.is_ok() { "ok" } else { "error" });
        reloaded
    }

    /// Stops: first it says that it is not ready, then it takes no more connections, and ends those that it has when their requests are answered.
    ///
    /// Whether all of them ended in time.
    pub async fn stop(self) -> bool {
        let StopConfig { notice, drain } = self.balancer.live().config.stop;
        self.stopping.store(true, Ordering::Relaxed);
        tokio::time::sleep(notice).await;
        let Self {
            door,
            admin,
            workers,
            stop,
            mut alive,
            ..
        } = self;
        let _ = stop.send(true);
        let _ = door.await;
        let is_clean = tokio::time::timeout(drain, alive.recv()).await.is_ok();
        admin.abort();
        if let Ok(workers) = Arc::try_unwrap(workers).map_err(drop) {
            // Joined aside: a thread may be in the middle of something.
            let _ = tokio::task::spawn_blocking(|| workers.end()).await;
        }
        is_clean
    }
}
