//! Running the jobs until somebody says stop.

use std::sync::Arc;

use anyhow::Context;
use milo_core::Milo;
use milo_process::settings::{Flaw, UnknownVariable};
use milo_process::{EnginesProbe, Health, Metrics, PortsProbe, assemble, log_panics, stop_on_signals};
use milo_worker::{WakeupBell, Worker, WorkerProbe};
use tokio_util::sync::CancellationToken;

use crate::PROGRAM;
use crate::arguments::Settings;
use crate::page::{Listening, Page};

/// Works until somebody says stop, and then lets the runs under way finish.
pub(crate) fn work(settings: &Settings, unknown: &[UnknownVariable]) -> anyhow::Result<()> {
    settings.log.start();
    log_panics();
    for variable in unknown {
        tracing::warn!("{variable}");
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
    let adapters = settings.adapter_settings();
    let assembled = assemble(&settings.engines, &adapters, PROGRAM, Arc::new(bell.clone())).await?;
    let milo = Milo::new(assembled.ports, settings.policy.policy());
    let listen = settings.process.listen;
    let listening = Listening::on(listen).await.map_err(|error| {
        Flaw::new(format!(
            "--listen (MILO_WORKER_LISTEN): {listen} cannot be listened on: {error}"
        ))
    })?;

    let worker = Worker::start(&milo, &bell, &settings.worker);
    let monitor = worker.monitor();
    let metrics = Metrics::global().refreshed_by({
        let monitor = monitor.clone();
        move || monitor.measure_ages()
    });
    let upkeep = tokio::spawn(metrics.clone().keep());
    let health = Health::of(vec![
        Box::new(PortsProbe(milo)),
        Box::new(EnginesProbe(assembled.engines.clone())),
        Box::new(WorkerProbe(monitor)),
    ]);
    let address = listening.address;
    let page = listening.show(Page::new(health, metrics, stop.clone()));
    let page = tokio::spawn(async {
        if let Err(error) = page.await {
            tracing::error!(%error, "health and metrics are not shown any more; the jobs go on");
        }
    });
    tracing::info!(
        %address,
        redis = settings.engines.has_redis(),
        rabbitmq = settings.engines.has_rabbitmq(),
        "the worker is running"
    );

    stop.cancelled().await;
    let drained = worker.drain(settings.process.drain_time).await;
    if !drained.is_clean() {
        let jobs = drained.aborted.len();
        tracing::warn!(jobs, "jobs were cut off; what they did is safe to repeat");
    }
    page.abort();
    upkeep.abort();
    assembled.engines.close().await;
    tracing::info!("stopped");
    Ok(())
}
