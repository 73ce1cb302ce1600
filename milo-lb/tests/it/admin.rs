//! What operators and clients are told: the admin port, the rates.

use milo_lb::{Ask, ask};

use crate::support::{Backend, Raw, balance, exchange, get, quick, stands, start, status};

#[tokio::test]
async fn a_node_that_an_operator_drains_gets_no_new_requests_until_it_is_undrained() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;

    ask(balancer.admin_address(), Ask::Drain(nodes[0].address()))
        .await
        .unwrap();
    for _ in 0..20 {
        get(&balancer, "/x").await;
    }
    assert_eq!(nodes[0].count(), 0);
    ask(balancer.admin_address(), Ask::Undrain(nodes[0].address()))
        .await
        .unwrap();
    for _ in 0..20 {
        get(&balancer, "/x").await;
    }

    assert!(nodes[0].count() > 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_node_that_is_not_one_cannot_be_drained() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;

    let error = ask(balancer.admin_address(), Ask::Drain("127.0.0.1:1".parse().unwrap()))
        .await
        .unwrap_err();

    assert!(error.to_string().contains("no such node"), "{error}");
    balancer.stop().await;
}

#[tokio::test]
async fn a_balancer_is_ready_when_a_node_is() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    assert_eq!(ask(balancer.admin_address(), Ask::Ready).await.unwrap(), "ready\n");

    node.kill().await;
    stands(&balancer, "out", 1).await;

    let error = ask(balancer.admin_address(), Ask::Ready).await.unwrap_err();
    assert_eq!(error.to_string(), "no node takes requests");
    balancer.stop().await;
}

#[tokio::test]
async fn the_status_names_each_node_and_why_it_is_out() {
    let nodes = Backend::three().await;
    let balancer = start(quick(&nodes.each_ref())).await;
    nodes[1].kill().await;
    stands(&balancer, "out", 1).await;

    let status = status(&balancer).await;

    let out = status.nodes.iter().find(|node| node.health.standing == "out").unwrap();
    assert_eq!(out.address, nodes[1].address());
    assert!(!out.health.why.is_empty());
    assert!(status.table().contains(&nodes[1].address().to_string()));
    balancer.stop().await;
}

#[tokio::test]
async fn the_admin_port_knows_its_paths_and_methods() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    for (line, status) in [
        ("GET /health/live", 200),
        ("GET /health/ready", 200),
        ("GET /status", 200),
        ("GET /metrics", 404),
        ("GET /nothing", 404),
        ("POST /status", 405),
        ("GET /nodes/127.0.0.1:1/drain", 405),
        ("POST /nodes/127.0.0.1:1/explode", 404),
    ] {
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(
            exchange(balancer.admin_address(), request.as_bytes()).await.status,
            status,
            "{line}"
        );
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_again() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    config.limits.requests_per_second = 1;
    config.limits.requests_burst = 3;
    let balancer = balance(config).await;

    let mut remaining = Vec::new();
    for _ in 0..3 {
        let answer = get(&balancer, "/x").await;
        assert_eq!((answer.status, answer.field("ratelimit-limit")), (200, Some("3")));
        remaining.push(answer.field("ratelimit-remaining").unwrap().to_owned());
    }
    let refused = get(&balancer, "/x").await;

    assert_eq!(remaining, ["2", "1", "0"]);
    assert_eq!(refused.status, 429);
    assert_eq!(refused.field("retry-after"), Some("1"));
    assert_eq!(refused.field("ratelimit-remaining"), Some("0"));
    assert!(
        refused.body.contains("urn:milo:problem:too-many-requests"),
        "{}",
        refused.body
    );
    assert_eq!(node.count(), 3);
    balancer.stop().await;
}

#[tokio::test]
async fn a_client_with_too_many_connections_is_told_so() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    config.limits.connections_per_client = 2;
    let balancer = balance(config).await;
    let (mut one, two) = (
        Raw::connect(balancer.address()).await,
        Raw::connect(balancer.address()).await,
    );
    while status(&balancer).await.connections < 2 {
        tokio::task::yield_now().await;
    }

    let third = Raw::connect(balancer.address()).await.last_answer().await;
    drop(two);
    while status(&balancer).await.connections > 1 {
        tokio::task::yield_now().await;
    }
    let fourth = get(&balancer, "/x").await;
    one.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;

    assert_eq!(
        (third.status, fourth.status, one.answer().await.status),
        (429, 200, 200)
    );
    balancer.stop().await;
}

#[tokio::test]
async fn a_node_with_all_the_requests_that_it_may_have_gets_no_more() {
    let nodes = [Backend::start().await, Backend::start().await];
    let mut config = quick(&nodes.each_ref());
    config.upstream.requests_max = 1;
    let balancer = balance(config).await;
    for node in &nodes {
        node.behave(crate::support::Mode::Slow(std::time::Duration::from_millis(500)));
    }

    let all = futures_util::future::join_all((0..3).map(|_| get(&balancer, "/x"))).await;

    let mut statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503]);
    assert_eq!(nodes.each_ref().map(Backend::count), [1, 1]);
    balancer.stop().await;
}
