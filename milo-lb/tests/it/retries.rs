//! What is sent again, and what never is.

use std::time::Duration;

use crate::support::{Backend, Mode, Raw, balance, get, post, quick};

fn sent(nodes: &[Backend]) -> usize {
    nodes.iter().map(Backend::count).sum()
}

async fn three_that(mode: Mode) -> [Backend; 3] {
    let nodes = Backend::three().await;
    for node in &nodes {
        node.behave(mode);
    }
    nodes
}

#[tokio::test]
async fn a_post_without_a_key_is_never_sent_twice() {
    for mode in [
        Mode::Reset,
        Mode::Close,
        Mode::HalfClose,
        Mode::Garbage,
        Mode::Status(502),
        Mode::Status(503),
    ] {
        let nodes = three_that(mode).await;
        let balancer = balance(quick(&nodes.each_ref())).await;

        let answer = post(&balancer, "/x", "", "hello").await;

        assert!((500..600).contains(&answer.status), "{mode:?}: {}", answer.status);
        assert_eq!(sent(&nodes), 1, "{mode:?}");
        balancer.stop().await;
    }
}

#[tokio::test]
async fn a_post_whose_answer_does_not_come_is_a_504_and_not_sent_again() {
    let nodes = three_that(Mode::Slow(Duration::from_secs(60))).await;
    let mut config = quick(&nodes.each_ref());
    config.upstream.response_timeout = Duration::from_millis(200);
    let balancer = balance(config).await;

    let answer = post(&balancer, "/x", "", "hello").await;

    assert_eq!(answer.status, 504);
    assert!(
        answer.body.contains("urn:milo:problem:gateway-timeout"),
        "{}",
        answer.body
    );
    assert_eq!(sent(&nodes), 1);
    balancer.stop().await;
}

#[tokio::test]
async fn a_post_with_a_key_is_sent_again_with_the_same_body_and_never_twice_to_one_node() {
    for mode in [Mode::Reset, Mode::Close, Mode::Garbage, Mode::Status(503)] {
        let nodes = three_that(mode).await;
        let balancer = balance(quick(&nodes.each_ref())).await;

        post(&balancer, "/x", "Idempotency-Key: one\r\n", "hello").await;

        assert_eq!(nodes.each_ref().map(Backend::count), [1, 1, 1], "{mode:?}");
        for node in &nodes {
            assert_eq!(node.seen()[0].body, b"hello", "{mode:?}");
        }
        balancer.stop().await;
    }
}

#[tokio::test]
async fn a_post_with_a_key_gets_the_answer_of_the_node_that_has_one() {
    let nodes = three_that(Mode::Close).await;
    nodes[1].behave(Mode::Echo);
    let balancer = balance(quick(&nodes.each_ref())).await;

    let answer = post(&balancer, "/x", "Idempotency-Key: one\r\n", "hello").await;

    assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    balancer.stop().await;
}

#[tokio::test]
async fn a_key_that_is_empty_or_given_twice_is_none() {
    for fields in ["Idempotency-Key:\r\n", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"] {
        let nodes = three_that(Mode::Close).await;
        let balancer = balance(quick(&nodes.each_ref())).await;

        post(&balancer, "/x", fields, "hello").await;

        assert_eq!(sent(&nodes), 1, "{fields:?}");
        balancer.stop().await;
    }
}

#[tokio::test]
async fn a_post_that_could_not_be_sent_goes_to_another_node() {
    let nodes = Backend::three().await;
    let mut config = quick(&nodes.each_ref());
    // So that its death is not known before.
    config.health.interval = Duration::from_secs(60);
    config.ejection.after_broken = 1000;
    let balancer = balance(config).await;
    nodes[0].kill().await;

    for _ in 0..30 {
        assert_eq!(post(&balancer, "/x", "", "hello").await.status, 200);
    }

    assert_eq!(sent(&nodes), 30);
    balancer.stop().await;
}

#[tokio::test]
async fn a_get_is_sent_to_each_node_at_most_once() {
    let nodes = three_that(Mode::Close).await;
    let balancer = balance(quick(&nodes.each_ref())).await;

    let answer = get(&balancer, "/x").await;

    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("urn:milo:problem:bad-gateway"), "{}", answer.body);
    assert_eq!(nodes.each_ref().map(Backend::count), [1, 1, 1]);
    balancer.stop().await;
}

#[tokio::test]
async fn no_more_nodes_are_asked_than_the_settings_say() {
    let nodes = three_that(Mode::Close).await;
    let mut config = quick(&nodes.each_ref());
    config.retry.nodes_max = 2;
    let balancer = balance(config).await;

    get(&balancer, "/x").await;

    assert_eq!(sent(&nodes), 2);
    balancer.stop().await;
}

#[tokio::test]
async fn when_the_budget_is_spent_nothing_is_sent_again() {
    let nodes = three_that(Mode::Status(503)).await;
    let mut config = quick(&nodes.each_ref());
    config.retry.budget_percent = 0;
    config.retry.budget_per_second = 0;
    config.ejection.after_errors = 1000;
    let balancer = balance(config).await;

    for _ in 0..10 {
        assert_eq!(get(&balancer, "/x").await.status, 503);
    }

    assert_eq!(sent(&nodes), 10);
    balancer.stop().await;
}

#[tokio::test]
async fn the_last_answer_is_the_clients_if_every_node_refuses() {
    let nodes = three_that(Mode::Status(503)).await;
    let balancer = balance(quick(&nodes.each_ref())).await;

    let answer = get(&balancer, "/x").await;

    assert_eq!(answer.status, 503);
    let ports: Vec<String> = nodes.iter().map(|node| node.address().port().to_string()).collect();
    assert!(ports.contains(&answer.body), "{}", answer.body);
    balancer.stop().await;
}

#[tokio::test]
async fn connections_to_a_node_are_used_again() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    config.workers = 1;
    config.health.interval = Duration::from_secs(60);
    let balancer = balance(config).await;
    let before = node.connections();
    let mut raw = Raw::connect(balancer.address()).await;

    for _ in 0..50 {
        raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
        assert_eq!(raw.answer().await.status, 200);
    }

    assert_eq!(node.connections() - before, 1);
    balancer.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_breaks_off_for_the_client_too() {
    let node = Backend::start().await;
    node.behave(Mode::Truncate);
    let balancer = balance(quick(&[&node])).await;

    let answer = get(&balancer, "/x").await;

    assert_eq!(
        (answer.status, answer.field("content-length"), answer.body.as_str()),
        (200, Some("10"), "half.")
    );
    balancer.stop().await;
}
