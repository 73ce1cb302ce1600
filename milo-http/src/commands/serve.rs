//! `milo-http serve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use metrics::gauge;
use milo_adapters::assembly::Embedded;
use milo_adapters::demo;
use milo_core::Milo;
use milo_core::accounts::{AdminEnsured, EnsureAdminError};
use milo_core::domain::DisplayName;
use milo_http::server::Listening;
use milo_http::{App, Dependency, Health, Metrics, PortsProbe, Probe, log_panics};
use milo_worker::{WakeupBell, Worker, WorkerMonitor};
use tokio_util::sync::CancellationToken;

use super::print;
use super::signals::stop_on_signals;
use crate::settings::{AccountSettings, Flaw, Settings, unknown_variables};

/// Serves until somebody says stop.
pub(crate) fn serve(settings: &Settings) -> anyhow::Result<()> {
    settings.log.start();
    log_panics();
    for line in unknown_variables() {
        tracing::warn!("{line}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime does not start")?;
    runtime.block_on(run(settings))
}

async fn run(settings: &Settings) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone()).context("signals cannot be watched")?;
    let bell = WakeupBell::default();
    let adapters = settings.adapter_settings()?;
    let embedded = Embedded::new(&adapters, Arc::new(bell.clone())).map_err(|error| {
        Flaw::new(
            error
                .to_string()
                .replace("signing keys", "--signing-keys (MILO_SIGNING_KEYS)"),
        )
    })?;
    let milo = Milo::new(embedded.ports, settings.policy.policy());
    let bind = settings.http.bind;
    let listening = Listening::on(bind)
        .await
        .map_err(|error| Flaw::new(format!("--bind (MILO_BIND): {bind} cannot be listened on: {error}")))?;
    let address = listening.address();

    make_bootstrap_admin(&milo, &settings.accounts).await?;
    let greeting = open_demo(&milo, &settings.accounts, address).await?;

    let worker = Worker::start(&milo, &bell, &settings.worker);
    let metrics = Metrics::global().refreshed_by({
        let monitor = worker.monitor();
        move || show_last_runs(&monitor)
    });
    let upkeep = tokio::spawn(keep_metrics(metrics.clone()));
    let health = Health::of(vec![
        Box::new(PortsProbe(milo.clone())),
        Box::new(WorkerProbe(worker.monitor())),
    ]);
    let app = Arc::new(App::new(milo, settings.http.limits(), health, metrics));

    tracing::info!(%address, "Milo is running, embedded: everything lives in memory and is gone when the process ends");
    if let Some(greeting) = greeting {
        print(&greeting);
    }
    let served = listening.serve(app, settings.http.server_limits(), stop).await;
    upkeep.abort();
    let drained = worker.drain(settings.http.drain_time).await;
    if !drained.is_clean() {
        tracing::warn!(
            jobs = drained.aborted.len(),
            "jobs were cut off; what they did is safe to repeat"
        );
    }
    tracing::info!("stopped");
    served.context("the socket failed")
}

async fn make_bootstrap_admin(milo: &Milo, settings: &AccountSettings) -> anyhow::Result<()> {
    let Some((email, password)) = settings.bootstrap_admin() else {
        return Ok(());
    };
    let name = DisplayName::parse("Administrator").context("the name of the administrator")?;
    match milo.accounts().ensure_admin(email, &password, name).await {
        Ok(AdminEnsured::Created(account)) => tracing::info!(user.id = %account.id, "the administrator was made"),
        Ok(AdminEnsured::Exists(account)) => {
            tracing::info!(user.id = %account.id, "the administrator exists and keeps its password");
        }
        Err(EnsureAdminError::NotAnAdmin) => tracing::warn!(
            "MILO_BOOTSTRAP_ADMIN_EMAIL belongs to an account that is NOT an administrator; it was left as it is"
        ),
        Err(error @ EnsureAdminError::Port(_)) => return Err(error).context("the administrator was not made"),
    }
    Ok(())
}

/// Fills an embedded Milo, and says what to greet with.
async fn open_demo(milo: &Milo, settings: &AccountSettings, address: SocketAddr) -> anyhow::Result<Option<String>> {
    if !settings.demo {
        return Ok(None);
    }
    let ports = milo.ports();
    let accounts = demo::Accounts::random(ports.ids.as_ref());
    let admin = accounts.open(milo).await.context("the demo accounts were not made")?;
    let made = demo::seed(milo, admin, ports.clock.now())
        .await
        .context("the demo catalogue was not made")?;
    Ok(Some(demo::banner(
        &format!("http://{}", reachable(address)),
        &accounts,
        &made,
    )))
}

/// Where a server that listens everywhere can be reached from its own machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Folds samples together, so that they do not pile up while nobody asks.
async fn keep_metrics(metrics: Metrics) {
    let mut turns = tokio::time::interval(Duration::from_secs(5));
    loop {
        turns.tick().await;
        metrics.upkeep();
    }
}

fn show_last_runs(monitor: &WorkerMonitor) {
    for job in monitor.status().jobs {
        if let Some(ago) = job.ended_ago {
            gauge!("milo_job_last_run_age_seconds", "job" => job.job.as_str()).set(ago.as_secs_f64());
        }
    }
}

/// How the jobs of this process are. They do not make it unready: seats can be sold while a job is behind.
struct WorkerProbe(WorkerMonitor);

#[async_trait]
impl Probe for WorkerProbe {
    async fn check(&self) -> Vec<Dependency> {
        let jobs = self.0.status().jobs.into_iter().map(|job| {
            let failing = job.consecutive_errors > 0;
            Dependency {
                name: format!("job_{}", job.job.as_str()),
                ready: !failing,
                required: false,
                note: if failing {
                    format!("failed {} times in a row", job.consecutive_errors)
                } else {
                    "runs".to_owned()
                },
            }
        });
        jobs.collect()
    }
}
