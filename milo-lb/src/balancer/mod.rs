//! What all threads share: the configuration and the nodes as they are now, the budgets, the limits.

mod live;
mod pick;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use tokio::sync::Mutex;

pub(crate) use live::Live;
pub(crate) use pick::Tried;

use crate::access::AccessSink;
use crate::config::Config;
use crate::limits::{ConnectionLimiter, RequestLimiter};
use crate::meters::{Meters, access_lines_dropped};
use crate::node::{Node, Resolver, keep_checking};
use crate::retry::RetryBudget;

/// How often time alone is looked at: ejections that end, slow starts that go on, connections that grow old.
const TICK: Duration = Duration::from_millis(100);
/// How often clients that made no request lately are forgotten.
const FORGET_TICKS: u32 = 100;

/// The balancer.
pub(crate) struct Balancer {
    live: ArcSwap<Live>,
    /// Held while the nodes change.
    resolver: Mutex<Resolver>,
    workers: usize,
    pub(crate) budget: RetryBudget,
    pub(crate) requests: RequestLimiter,
    pub(crate) connections: Arc<ConnectionLimiter>,
    pub(crate) meters: Meters,
    pub(crate) access: AccessSink,
}

impl Balancer {
    /// Looks the nodes up, and begins to check them.
    ///
    /// # Errors
    /// The TLS files cannot be used.
    pub(crate) async fn start(config: Config, workers: usize, access: AccessSink) -> anyhow::Result<Arc<Self>> {
        let limits = &config.limits;
        let balancer = Arc::new(Self {
            budget: RetryBudget::new(config.retry.budget_percent, config.retry.budget_per_second),
            requests: RequestLimiter::new(limits.requests_per_second, limits.requests_burst),
            connections: Arc::new(ConnectionLimiter::new(
                limits.connections_per_client,
                limits.connections_max,
            )),
            live: ArcSwap::from_pointee(Live::new(config, Vec::new())?),
            resolver: Mutex::default(),
            workers,
            meters: Meters::default(),
            access,
        });
        balancer.resolve().await;
        tokio::spawn(keep_resolving(Arc::downgrade(&balancer)));
        tokio::spawn(keep_time(Arc::downgrade(&balancer)));
        Ok(balancer)
    }

    /// As it is now. Not to be kept over an await: [`live_owned`](Self::live_owned) is.
    pub(crate) fn live(&self) -> Guard<Arc<Live>> {
        self.live.load()
    }

    pub(crate) fn live_owned(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Goes over to another configuration. Requests under way end as they began.
    ///
    /// # Errors
    /// The TLS files cannot be used; nothing has changed.
    pub(crate) async fn reload(self: &Arc<Self>, config: Config) -> anyhow::Result<()> {
        let resolver = self.resolver.lock().await;
        let live = Live::new(config, self.live().nodes.clone())?;
        let (limits, retry) = (&live.config.limits, &live.config.retry);
        self.requests.set(limits.requests_per_second, limits.requests_burst);
        self.connections
            .set(limits.connections_per_client, limits.connections_max);
        self.budget.set(retry.budget_percent, retry.budget_per_second);
        for node in &live.nodes {
            node.configure(&live.config.health, &live.config.ejection);
        }
        self.live.store(Arc::new(live));
        drop(resolver);
        self.resolve().await;
        Ok(())
    }

    /// Looks the names of the nodes up: what is new is checked, what is gone gets no new requests.
    async fn resolve(self: &Arc<Self>) {
        let mut resolver = self.resolver.lock().await;
        let live = self.live_owned();
        let addresses = resolver.resolve(&live.config.nodes).await;
        if live.nodes.iter().map(|node| &node.address).eq(&addresses) {
            return;
        }
        let nodes = self.nodes(&live, &addresses);
        self.live.store(Arc::new(live.with_nodes(nodes)));
        for gone in live.nodes.iter().filter(|node| !addresses.contains(&node.address)) {
            tracing::info!(node = %gone.address, "a node is gone");
            gone.retire();
        }
    }

    fn nodes(self: &Arc<Self>, live: &Live, addresses: &BTreeSet<SocketAddr>) -> Vec<Arc<Node>> {
        let known = |address: &SocketAddr| live.nodes.iter().find(|node| node.address == *address).cloned();
        addresses
            .iter()
            .map(|address| known(address).unwrap_or_else(|| self.welcome(live, *address)))
            .collect()
    }

    fn welcome(self: &Arc<Self>, live: &Live, address: SocketAddr) -> Arc<Node> {
        tracing::info!(node = %address, "a new node");
        let node = Arc::new(Node::new(
            address,
            self.workers,
            &live.config.health,
            &live.config.ejection,
        ));
        tokio::spawn(keep_checking(node.clone(), Arc::downgrade(self)));
        node
    }

    /// The node of an address, for operators.
    pub(crate) fn node(&self, address: SocketAddr) -> Option<Arc<Node>> {
        self.live().nodes.iter().find(|node| node.address == address).cloned()
    }
}

async fn keep_resolving(balancer: Weak<Balancer>) {
    loop {
        let Some(interval) = balancer
            .upgrade()
            .map(|balancer| balancer.live().config.resolve_interval)
        else {
            return;
        };
        tokio::time::sleep(interval).await;
        if let Some(balancer) = balancer.upgrade() {
            balancer.resolve().await;
        }
    }
}

async fn keep_time(balancer: Weak<Balancer>) {
    let mut ticks = 0_u32;
    loop {
        tokio::time::sleep(TICK).await;
        let Some(balancer) = balancer.upgrade() else { return };
        ticks = ticks.wrapping_add(1);
        let live = balancer.live_owned();
        for node in &live.nodes {
            node.refresh();
            node.meters.in_flight.set(node.in_flight() as f64);
            node.expire_connections(live.config.upstream.idle_timeout);
        }
        access_lines_dropped(balancer.access.dropped());
        if ticks.is_multiple_of(FORGET_TICKS) {
            balancer.requests.retain_recent();
            balancer.meters.clients.set(balancer.requests.len() as f64);
        }
    }
}
