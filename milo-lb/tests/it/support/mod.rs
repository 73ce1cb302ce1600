//! A balancer, nodes that behave badly when they are told to, and clients that write bytes.

mod backend;
mod raw;

use std::net::SocketAddr;
use std::time::Duration;

pub(crate) use backend::{Backend, Mode};
pub(crate) use milo_lb::LoadBalancer;
use milo_lb::config::{AccessLog, Config};
pub(crate) use raw::{Answer, Raw, exchange};

/// How long something may take that is sure to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Quick in everything that tests wait for; without limits that tests would run into.
pub(crate) fn quick(nodes: &[&Backend]) -> Config {
    let mut config = Config {
        listen: any_port(),
        workers: 2,
        nodes: nodes.iter().map(|node| node.address().to_string()).collect(),
        ..Config::default()
    };
    config.admin.listen = any_port();
    config.log.access = AccessLog::Off;
    config.limits.requests_per_second = 0;
    config.limits.connections_per_client = 0;
    config.health.interval = Duration::from_millis(50);
    config.health.timeout = Duration::from_millis(500);
    config.health.slow_start = Duration::ZERO;
    config.ejection.time = Duration::from_millis(100);
    config.ejection.time_max = Duration::from_secs(1);
    config.retry.budget_percent = 100;
    config
}

/// A balancer whose nodes are ready.
pub(crate) async fn balance(config: Config) -> LoadBalancer {
    let count = config.nodes.len();
    let balancer = start(config).await;
    stands(&balancer, "ready", count).await;
    balancer
}

/// A balancer, whatever its nodes are.
pub(crate) async fn start(config: Config) -> LoadBalancer {
    LoadBalancer::start(config, None).await.unwrap()
}

pub(crate) async fn status(balancer: &LoadBalancer) -> milo_lb::Status {
    let text = milo_lb::ask(balancer.admin_address(), milo_lb::Ask::Status)
        .await
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Waits until so many nodes stand so.
pub(crate) async fn stands(balancer: &LoadBalancer, standing: &str, count: usize) {
    let begun = std::time::Instant::now();
    loop {
        let status = status(balancer).await;
        if status
            .nodes
            .iter()
            .filter(|node| node.health.standing == standing)
            .count()
            == count
        {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{count} nodes are not {standing}:\n{}",
            status.table()
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Settings with which a node that is ejected stays so for as long as a test takes.
pub(crate) fn ejecting(nodes: &[&Backend]) -> Config {
    let mut config = quick(nodes);
    config.ejection.time = Duration::from_secs(60);
    config.ejection.time_max = Duration::from_secs(60);
    config
}

/// Asks until a node is ready no more.
pub(crate) async fn get_until_one_is_out(balancer: &LoadBalancer) {
    let ready = |node: &milo_lb::NodeStatus| node.health.standing == "ready";
    while status(balancer).await.nodes.iter().all(ready) {
        get(balancer, "/x").await;
    }
}

/// A GET on a connection of its own: its status.
pub(crate) async fn get(balancer: &LoadBalancer, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n\r\n");
    exchange(balancer.address(), request.as_bytes()).await
}

/// A POST on a connection of its own, with further fields, each ended by CR LF.
pub(crate) async fn post(balancer: &LoadBalancer, path: &str, fields: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n{body}"
    );
    exchange(balancer.address(), request.as_bytes()).await
}
