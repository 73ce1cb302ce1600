//! `milo-http serve`.

use std::sync::Arc;

use anyhow::Context;
use milo_core::Milo;
use milo_core::accounts::{AdminEnsured, EnsureAdminError};
use milo_core::domain::DisplayName;
use milo_core::ports::{NoWakeup, Wakeup};
use milo_http::App;
use milo_http::server::Listening;
use milo_process::settings::{Flaw, UnknownVariable};
use milo_process::{EnginesProbe, Health, Metrics, PortsProbe, Probe, assemble, log_panics, print, stop_on_signals};
use milo_worker::{WakeupBell, Worker, WorkerHandle, WorkerProbe};
use tokio_util::sync::CancellationToken;

use super::demo::open_demo;
use super::runtime;
use crate::PROGRAM;
use crate::settings::{AccountSettings, Settings, WorkerPlace};

/// Serves until somebody says stop.
pub(crate) fn serve(settings: &Settings, unknown: &[UnknownVariable]) -> anyhow::Result<()> {
    settings.log.start();
    log_panics();
    for variable in unknown {
        tracing::warn!("{variable}");
    }
    if settings.engines.has_postgres() && settings.tokens.signing_keys.is_none() {
        tracing::warn!(
            "MILO_SIGNING_KEYS is not set: a key was made up that ends with this process, and that other processes do \
             not know"
        );
    }
    runtime::run(run(settings))
}

async fn run(settings: &Settings) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    stop_on_signals(stop.clone()).context("signals cannot be watched")?;
    let bell = WakeupBell::default();
    let is_embedded = settings.jobs.place == WorkerPlace::Embedded;
    let wakeup: Arc<dyn Wakeup> = if is_embedded {
        Arc::new(bell.clone())
    } else {
        Arc::new(NoWakeup)
    };
    let adapters = settings.adapter_settings()?;
    let assembled = assemble(&settings.engines, &adapters, PROGRAM, wakeup).await?;
    let milo = Milo::new(assembled.ports, settings.policy.policy());
    let bind = settings.http.bind;
    let listening = Listening::on(bind)
        .await
        .map_err(|error| Flaw::new(format!("--bind (MILO_BIND): {bind} cannot be listened on: {error}")))?;
    let address = listening.address();

    make_bootstrap_admin(&milo, &settings.accounts).await?;
    let greeting = open_demo(&milo, settings, address).await?;

    let worker = is_embedded.then(|| Worker::start(&milo, &bell, &settings.worker));
    let metrics = metrics_of(worker.as_ref());
    let upkeep = tokio::spawn(metrics.clone().keep());
    let mut probes: Vec<Box<dyn Probe>> = vec![
        Box::new(PortsProbe(milo.clone())),
        Box::new(EnginesProbe(assembled.engines.clone())),
    ];
    if let Some(worker) = &worker {
        probes.push(Box::new(WorkerProbe(worker.monitor())));
    }
    let app = Arc::new(App::new(milo, settings.http.limits(), Health::of(probes), metrics));

    say_where_things_live(settings, address);
    if let Some(greeting) = greeting {
        print(&greeting);
    }
    let served = listening.serve(app, settings.http.server_limits(), stop).await;
    upkeep.abort();
    if let Some(worker) = worker {
        let drained = worker.drain(settings.http.drain_time).await;
        if !drained.is_clean() {
            let jobs = drained.aborted.len();
            tracing::warn!(jobs, "jobs were cut off; what they did is safe to repeat");
        }
    }
    assembled.engines.close().await;
    tracing::info!("stopped");
    served.context("the socket failed")
}

fn metrics_of(worker: Option<&WorkerHandle>) -> Metrics {
    let metrics = Metrics::global();
    match worker.map(WorkerHandle::monitor) {
        Some(monitor) => metrics.refreshed_by(move || monitor.measure_ages()),
        None => metrics,
    }
}

fn say_where_things_live(settings: &Settings, address: std::net::SocketAddr) {
    let engines = &settings.engines;
    if !engines.has_any() {
        tracing::info!(%address, "Milo is running, embedded: everything lives in memory and is gone when the process ends");
        return;
    }
    tracing::info!(
        %address,
        postgres = engines.has_postgres(),
        redis = engines.has_redis(),
        rabbitmq = engines.has_rabbitmq(),
        embedded_worker = settings.jobs.place == WorkerPlace::Embedded,
        "Milo is running"
    );
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
