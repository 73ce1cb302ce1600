//! New settings while clients are served.

use std::time::Duration;

use milo_lb::policy::PolicyName;

use crate::support::{Backend, Mode, Raw, balance, ejecting, get, get_until_one_is_out, quick, stands, status};

#[tokio::test]
async fn nodes_come_and_go_without_a_request_being_dropped() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&[&nodes[0]])).await;
    nodes[0].behave(Mode::Slow(Duration::from_millis(300)));
    let mut under_way = Raw::connect(balancer.address()).await;
    under_way.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    nodes[0].is_asked().await;

    balancer.reload(quick(&[&nodes[1], &nodes[2]])).await.unwrap();
    stands(&balancer, "ready", 2).await;
    for _ in 0..10 {
        assert_eq!(get(&balancer, "/x").await.status, 200);
    }

    assert_eq!(under_way.answer().await.status, 200);
    assert_eq!(nodes[0].count(), 1);
    assert_eq!(nodes[1].count() + nodes[2].count(), 10);
    balancer.stop().await;
}

#[tokio::test]
async fn a_connection_goes_on_over_a_reload() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let mut raw = Raw::connect(balancer.address()).await;
    for policy in [
        PolicyName::RoundRobin,
        PolicyName::PowerOfTwo,
        PolicyName::LeastConnections,
    ] {
        let mut config = quick(&[&node]);
        config.policy = policy;
        balancer.reload(config).await.unwrap();
        raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
        assert_eq!(raw.answer().await.status, 200);
        assert_eq!(status(&balancer).await.policy, policy);
    }
    balancer.stop().await;
}

#[tokio::test]
async fn what_a_node_is_known_for_outlives_a_reload() {
    let nodes = Backend::three().await;
    let mut config = ejecting(&nodes.each_ref());
    config.health.interval = Duration::from_secs(60);
    let balancer = balance(config.clone()).await;
    nodes[0].kill().await;
    get_until_one_is_out(&balancer).await;

    balancer.reload(config).await.unwrap();

    assert_eq!(
        status(&balancer)
            .await
            .nodes
            .iter()
            .filter(|node| node.health.standing == "out")
            .count(),
        1
    );
    balancer.stop().await;
}

#[tokio::test]
async fn limits_change_with_a_reload() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    let balancer = balance(config.clone()).await;
    config.limits.body_bytes = 4;
    config.retry.kept_body_bytes = 4;
    config.limits.requests_per_second = 1;
    config.limits.requests_burst = 1;
    balancer.reload(config).await.unwrap();

    let large = crate::support::post(&balancer, "/x", "", "hello").await;
    let often = get(&balancer, "/x").await;

    assert_eq!((large.status, often.status), (413, 429));
    balancer.stop().await;
}
