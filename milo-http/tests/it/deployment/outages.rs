//! An engine is away in the middle of a sale.

use std::time::Duration;

use milo_testkit::private;
use reqwest::Method;
use serde_json::json;

use super::{Deployment, Engines, Sale};
use crate::support::PASSWORD;

const BUYERS: usize = 60;

/// A deployment whose engines are shared with other tests, but for one.
async fn deployment(change: impl FnOnce(&mut Engines)) -> Deployment {
    let mut engines = Engines::shared().await;
    change(&mut engines);
    Deployment::start(engines, 3, 2).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_wiped_and_stopped_in_the_middle_of_a_sale() {
    let redis = private::redis().await;
    let deployment = deployment(|engines| engines.redis = redis.url()).await;
    let sale = Sale::open(&deployment).await;
    let buyers = sale.buyers(&deployment, BUYERS, Duration::from_secs(12)).await;

    tokio::time::sleep(Duration::from_secs(3)).await;
    redis.run(&["redis-cli", "FLUSHALL"]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    redis.kill().await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    redis.start().await;
    let probe = {
        let anybody = deployment.anybody();
        let account = json!({"email": "probe@example.org", "password": PASSWORD, "display_name": "Probe"});
        anybody.post("/auth/register", &account).await.expect(201);
        anybody.sign_in("probe@example.org", PASSWORD).await
    };
    let holds = format!("/showtimes/{}/holds", sale.showtime);
    let last = json!({"seat_ids": [sale.seats.last()]});
    deployment
        .until("seats can be held again", async || {
            let answer = probe.try_send(Method::POST, &holds, Some(&last)).await;
            answer.is_some_and(|answer| answer.status == 201)
        })
        .await;

    let bought = sale.closed(&deployment, buyers).await;
    assert_eq!(bought.len(), BUYERS);
    assert!(
        bought.iter().any(|bought| bought.unavailable > 0),
        "nobody noticed that Redis was away"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_is_stopped_for_half_a_minute_in_the_middle_of_a_sale() {
    let rabbitmq = private::rabbitmq().await;
    let deployment = deployment(|engines| engines.amqp = rabbitmq.url()).await;
    let sale = Sale::open(&deployment).await;
    let buyers = sale.buyers(&deployment, BUYERS, Duration::from_secs(12)).await;

    tokio::time::sleep(Duration::from_secs(4)).await;
    rabbitmq.stop().await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    rabbitmq.start().await;

    let bought = sale.closed(&deployment, buyers).await;
    let settled = ["confirmed", "payment_failed"];
    assert!(
        bought.iter().all(|bought| settled.contains(&&*bought.status)),
        "{bought:#?}"
    );
    let declined = bought.iter().filter(|bought| bought.status == "payment_failed").count();
    assert_eq!(declined, BUYERS / 7, "the cards that were declined, and no others");
    // What waited for the broker reaches it: nothing is left in the outbox.
    let audit = super::audit::Audit::of(&deployment.engines.postgres).await;
    deployment
        .until("the outbox is delivered", async || {
            use milo_core::ports::Outbox;
            audit.store.backlog().await.unwrap().count == 0
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_restarted_in_the_middle_of_a_sale() {
    let postgres = private::postgres().await;
    let deployment = deployment(|engines| engines.postgres = postgres.url()).await;
    let sale = Sale::open(&deployment).await;
    let buyers = sale.buyers(&deployment, BUYERS, Duration::from_secs(12)).await;

    tokio::time::sleep(Duration::from_secs(3)).await;
    postgres.stop().await;
    let answer = deployment.anybody().try_send(Method::GET, "//health/ready", None).await;
    assert_eq!(answer.unwrap().status, 503);
    tokio::time::sleep(Duration::from_secs(3)).await;
    postgres.start().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    postgres.kill().await;
    postgres.start().await;

    let bought = sale.closed(&deployment, buyers).await;
    assert_eq!(bought.len(), BUYERS);
    assert!(
        bought.iter().any(|bought| bought.unavailable > 0),
        "nobody noticed that Postgres was away"
    );
    let ready = deployment.anybody().get("//health/ready").await;
    ready.expect(200);
}
