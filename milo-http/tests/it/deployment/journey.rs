//! The whole contract, from an empty house to a review.

use std::time::Duration;

use jiff::Timestamp;

use super::{Deployment, Engines};
use crate::journey::{PAID, Place, journey};
use crate::support::Client;

impl Place for Deployment {
    fn anybody(&self) -> Client {
        Deployment::anybody(self)
    }

    async fn admin(&self) -> Client {
        Deployment::admin(self).await
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn notice(&self) -> Duration {
        Duration::from_secs(20)
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn work(&self) {
        // The workers need not be told; what they do takes a moment.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn takes_place_on(instances: usize, workers: usize) {
    let deployment = Deployment::start(Engines::shared().await, instances, workers).await;
    journey(&deployment).await;

    let audit = super::audit::Audit::of(&deployment.engines.postgres).await;
    audit.check([]).await;
    let mut paid = 0;
    for entry in audit.gateway.ledger().await.unwrap() {
        let amount = entry.amount.map_or(0, |amount| amount.amount());
        paid += match entry.operation {
            milo_adapters::gateway::GatewayOperation::Capture if entry.effect => amount,
            milo_adapters::gateway::GatewayOperation::Refund if entry.effect => -amount,
            _ => 0,
        };
    }
    assert_eq!(paid, PAID, "what was kept is paid, and nothing else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journey_takes_place_on_one_instance() {
    takes_place_on(1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_journey_takes_place_on_three_instances() {
    takes_place_on(3, 2).await;
}
