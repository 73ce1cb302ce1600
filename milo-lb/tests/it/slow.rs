//! Clients that take their time, by malice or by misfortune.

use std::net::SocketAddr;
use std::time::Duration;

use milo_lb::LoadBalancer;
use milo_lb::config::Config;

use crate::support::{Answer, Backend, Mode, Raw, balance, get, quick};

const SHORT: Duration = Duration::from_millis(300);

/// Patient for a third of a second with everything.
fn impatient(node: &Backend) -> Config {
    let mut config = quick(&[node]);
    config.timeouts.head = SHORT;
    config.timeouts.body = SHORT;
    config.timeouts.idle = SHORT;
    config.timeouts.stalled = SHORT;
    config
}

async fn impatient_balancer() -> (Backend, LoadBalancer) {
    let node = Backend::start().await;
    let balancer = balance(impatient(&node)).await;
    (node, balancer)
}

/// Writes a part, then nothing more: what is answered in the end.
async fn stops_after(address: SocketAddr, part: &str) -> Answer {
    let mut raw = Raw::connect(address).await;
    raw.write(part.as_bytes()).await;
    raw.last_answer().await
}

/// Writes the same again and again until it is told to stop.
async fn drips(address: SocketAddr, start: &str, drip: &str) -> Answer {
    let mut raw = Raw::connect(address).await;
    raw.write(start.as_bytes()).await;
    loop {
        if let Some(bytes) = raw.some(Duration::from_millis(20)).await {
            return Raw::parsed(&bytes);
        }
        raw.write(drip.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_is_a_408() {
    let (node, balancer) = impatient_balancer().await;
    let parts = [
        "G",
        "GET",
        "GET /x",
        "GET /x HTTP/1.1\r",
        "GET /x HTTP/1.1\r\n",
        "GET /x HTTP/1.1\r\nHost: milo.test",
        "GET /x HTTP/1.1\r\nHost: milo.test\r\n",
        "GET /x HTTP/1.1\r\nHost: milo.test\r\n\r",
    ];
    for part in parts {
        let answer = stops_after(balancer.address(), part).await;
        assert_eq!(answer.status, 408, "{part:?}");
        assert!(
            answer.body.contains("urn:milo:problem:request-timeout"),
            "{}",
            answer.body
        );
    }
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_head_that_drips_is_a_408() {
    let (node, balancer) = impatient_balancer().await;
    for (start, drip) in [
        ("", "G"),
        ("GET /", "x"),
        ("GET /x HTTP/1.1\r\n", "A: b\r\n"),
        ("GET /x HTTP/1.1\r\nHost: milo.test\r\nA: ", "b"),
    ] {
        assert_eq!(drips(balancer.address(), start, drip).await.status, 408, "{start:?}");
    }
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_408_and_no_node_waits_for_it() {
    let (node, balancer) = impatient_balancer().await;
    let head = "POST /x HTTP/1.1\r\nHost: milo.test\r\n";
    for rest in [
        "Content-Length: 5\r\n\r\n",
        "Content-Length: 5\r\n\r\nhell",
        "Transfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "Content-Length: 60000\r\n\r\nhello",
    ] {
        assert_eq!(
            stops_after(balancer.address(), &format!("{head}{rest}")).await.status,
            408,
            "{rest:?}"
        );
    }
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_body_that_drips_is_a_408() {
    let (node, balancer) = impatient_balancer().await;
    let head = "POST /x HTTP/1.1\r\nHost: milo.test\r\n";
    for (rest, drip) in [
        ("Content-Length: 60000\r\n\r\n", "x"),
        ("Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ] {
        assert_eq!(
            drips(balancer.address(), &format!("{head}{rest}"), drip).await.status,
            408,
            "{rest:?}"
        );
    }
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_body_that_comes_fast_enough_may_take_its_time() {
    let node = Backend::start().await;
    node.behave(Mode::Echo);
    let mut config = impatient(&node);
    config.timeouts.body_bytes_per_second = 10;
    let balancer = balance(config).await;
    let mut raw = Raw::connect(balancer.address()).await;

    raw.write(b"POST /x HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 400\r\n\r\n")
        .await;
    for _ in 0..8 {
        raw.write(&[b'x'; 50]).await;
        tokio::time::sleep(SHORT / 4).await;
    }

    assert_eq!(raw.answer().await.body.len(), 400);
    balancer.stop().await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed_without_a_word() {
    let (_node, balancer) = impatient_balancer().await;
    let mut silent = Raw::connect(balancer.address()).await;
    let mut used = Raw::connect(balancer.address()).await;
    used.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    assert_eq!(used.answer().await.status, 200);

    assert!(silent.rest().await.is_empty());
    assert!(used.rest().await.is_empty());
    balancer.stop().await;
}

#[tokio::test]
async fn whoever_waits_for_an_answer_is_not_idle() {
    let (node, balancer) = impatient_balancer().await;
    node.behave(Mode::Slow(SHORT * 3));

    assert_eq!(get(&balancer, "/x").await.status, 200);
    balancer.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_left() {
    let (node, balancer) = impatient_balancer().await;
    node.behave(Mode::Bytes(64 * 1024 * 1024));
    let mut raw = Raw::connect(balancer.address()).await;
    raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;

    let begun = std::time::Instant::now();
    while crate::support::status(&balancer).await.connections > 0 {
        assert!(
            begun.elapsed() < crate::support::PATIENCE,
            "the connection is still there"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let in_flight: usize = crate::support::status(&balancer)
        .await
        .nodes
        .iter()
        .map(|node| node.in_flight)
        .sum();
    assert_eq!(in_flight, 0);
    balancer.stop().await;
}

#[tokio::test]
async fn a_client_that_only_stops_writing_is_answered() {
    let (node, balancer) = impatient_balancer().await;
    node.behave(Mode::Slow(SHORT / 2));
    let mut raw = Raw::connect(balancer.address()).await;

    raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    raw.finish().await;

    assert_eq!(raw.last_answer().await.status, 200);
    balancer.stop().await;
}

#[tokio::test]
async fn two_thousand_slow_clients_keep_nobody_from_being_served() {
    let node = Backend::start().await;
    let balancer = balance(quick(&[&node])).await;
    let mut slow = Vec::new();
    for index in 0..2_000 {
        let mut raw = Raw::connect(balancer.address()).await;
        if index % 2 == 0 {
            raw.write(b"GET /x HTTP/1.1\r\nHost: ").await;
        }
        slow.push(raw);
    }

    for _ in 0..50 {
        assert_eq!(get(&balancer, "/x").await.status, 200);
    }
    drop(slow);
    balancer.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_a_413_before_a_node_sees_it() {
    let (node, balancer) = impatient_balancer().await;
    let head = "POST /x HTTP/1.1\r\nHost: milo.test\r\n";
    let said = format!("{head}Content-Length: 70000\r\n\r\n{}", "x".repeat(70_000));
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    let unsaid = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}{chunk}{chunk}0\r\n\r\n");

    for request in [said, unsaid] {
        let answer = stops_after(balancer.address(), &request).await;
        assert_eq!(answer.status, 413);
        assert!(
            answer.body.contains("urn:milo:problem:payload-too-large"),
            "{}",
            answer.body
        );
    }
    assert_eq!(node.count(), 0);
    balancer.stop().await;
}
