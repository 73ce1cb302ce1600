//! The state of the balancer and of its nodes, for operators.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::balancer::Balancer;
use crate::health::HealthSnapshot;
use crate::policy::PolicyName;

/// What `/status` tells.
#[derive(Debug, Serialize, Deserialize)]
pub struct Status {
    /// The release.
    pub version: String,
    /// Whether it was told to stop.
    pub stopping: bool,
    /// Which node is next.
    pub policy: PolicyName,
    /// Connections of clients.
    pub connections: usize,
    /// By address.
    pub nodes: Vec<NodeStatus>,
}

/// One node.
#[derive(Debug, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Its address.
    pub address: SocketAddr,
    /// Requests that it has not answered in full.
    pub in_flight: usize,
    /// What is known of it.
    #[serde(flatten)]
    pub health: HealthSnapshot,
}

impl Status {
    pub(crate) fn of(balancer: &Balancer, stopping: bool) -> Self {
        let live = balancer.live();
        let nodes = live.nodes.iter().map(|node| NodeStatus {
            address: node.address,
            in_flight: node.in_flight(),
            health: node.snapshot(),
        });
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stopping,
            policy: live.config.policy,
            connections: balancer.connections.len(),
            nodes: nodes.collect(),
        }
    }

    /// Whether any node takes requests, as a last resort at least.
    pub(crate) fn takes_requests(&self) -> bool {
        self.nodes
            .iter()
            .any(|node| matches!(node.health.standing.as_ref(), "ready" | "unready"))
    }

    /// A table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "milo-lb {}{}, {} connections",
            self.version,
            if self.stopping { ", stopping" } else { "" },
            self.connections
        )];
        lines.push(format!(
            "{:<28} {:<9} {:>5} {:>9}  {}",
            "node", "standing", "share", "in flight", "why"
        ));
        for node in &self.nodes {
            let health = &node.health;
            lines.push(format!(
                "{:<28} {:<9} {:>4}% {:>9}  {}",
                node.address.to_string(),
                health.standing,
                health.share_percent,
                node.in_flight,
                health.why
            ));
        }
        lines.join("\n")
    }
}
