//! Serves until it is told to stop.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use milo_lb::LoadBalancer;
use milo_lb::config::{Config, LogConfig, LogFormat};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{File, fail};

/// Bounds of the histograms, in seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
const UPKEEP: Duration = Duration::from_secs(5);

pub(super) fn serve(file: &File) -> ExitCode {
    let config = match file.load() {
        Ok(config) => config,
        Err(error) => return fail(&error.into(), 2),
    };
    if let Err(error) = log(&config.log) {
        return fail(&error, 2);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), 1),
    };
    match runtime.block_on(run(file, config)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => fail(
            &anyhow::anyhow!("some requests were not answered in time (stop.drain, MILO_LB_STOP_DRAIN)"),
            1,
        ),
        Err(error) => fail(&error, 1),
    }
}

async fn run(file: &File, config: Config) -> anyhow::Result<bool> {
    let metrics = metrics()?;
    let upkeep = metrics.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let balancer = LoadBalancer::start(config, Some(metrics)).await?;
    tracing::info!(
        listen = %balancer.address(),
        admin = %balancer.admin_address(),
        "the load balancer is serving"
    );
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => reload(file, &balancer).await,
        }
    }
    tracing::info!("told to stop");
    let is_clean = balancer.stop().await;
    tracing::info!(is_clean, "stopped");
    Ok(is_clean)
}

async fn reload(file: &File, balancer: &LoadBalancer) {
    let reloaded = match file.load() {
        Ok(config) => balancer.reload(config).await,
        Err(error) => Err(error.into()),
    };
    match reloaded {
        Ok(()) => tracing::info!("the settings were read anew"),
        Err(error) => tracing::error!(error = %format!("{error:#}"), "the settings stay as they were"),
    }
}

fn metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new().set_buckets(&SECONDS)?;
    let handle = builder.install_recorder().context("the metrics cannot be kept")?;
    milo_lb::describe_metrics();
    Ok(handle)
}

/// To standard error: standard output is the access log's.
fn log(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)
        .context("log.filter (MILO_LB_LOG_FILTER) must be a filter like `info` or `info,milo_lb=debug`")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
