//! What is longer than can be kept passes through as it comes.

use std::time::Duration;

use crate::support::{Backend, Mode, Raw, balance, quick};

#[tokio::test]
async fn events_come_through_one_by_one() {
    let node = Backend::start().await;
    node.behave(Mode::Stream);
    let mut config = quick(&[&node]);
    // The stream has no end of its own.
    config.stop.drain = Duration::from_millis(100);
    let balancer = balance(config).await;
    let mut raw = Raw::connect(balancer.address()).await;
    raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    let head = raw.some(Duration::from_secs(10)).await.unwrap();
    assert!(String::from_utf8_lossy(&head).contains("transfer-encoding: chunked"));

    for event in ["one", "two", "three"] {
        node.emit(event);
        let seen = raw.some(Duration::from_secs(10)).await.unwrap();
        assert!(String::from_utf8_lossy(&seen).contains(event), "{event}");
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_silent_for_too_long_ends() {
    let node = Backend::start().await;
    node.behave(Mode::Stream);
    let mut config = quick(&[&node]);
    config.upstream.silence_timeout = Duration::from_millis(200);
    let balancer = balance(config).await;
    let mut raw = Raw::connect(balancer.address()).await;
    raw.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;

    let all = raw.rest().await;

    assert!(
        !String::from_utf8_lossy(&all).contains("0\r\n\r\n"),
        "the stream seems to be whole"
    );
    balancer.stop().await;
}

/// A balancer that keeps 1,000 bytes and lets a million pass.
async fn passing(node: &Backend) -> milo_lb::LoadBalancer {
    let mut config = quick(&[node]);
    config.retry.kept_body_bytes = 1_000;
    config.limits.body_bytes = 1_000_000;
    balance(config).await
}

#[tokio::test]
async fn a_large_body_passes_through_whole() {
    let node = Backend::start().await;
    let balancer = passing(&node).await;
    let body: String = (0..100_000).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    let said = format!("Content-Length: 100000\r\n\r\n{body}");
    let chunks: String = body
        .as_bytes()
        .chunks(777)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap()))
        .collect();
    let unsaid = format!("Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");

    for (index, rest) in [said, unsaid].iter().enumerate() {
        let mut raw = Raw::connect(balancer.address()).await;
        raw.write(format!("POST /x HTTP/1.1\r\nHost: milo.test\r\n{rest}").as_bytes())
            .await;
        assert_eq!(raw.answer().await.status, 200);
        assert!(
            node.seen()[index].body == body.as_bytes(),
            "the body of request {index} was changed"
        );
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_passing_body_that_turns_out_too_large_is_a_413() {
    let node = Backend::start().await;
    let balancer = passing(&node).await;
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
    let mut raw = Raw::connect(balancer.address()).await;

    raw.write(b"POST /x HTTP/1.1\r\nHost: milo.test\r\nTransfer-Encoding: chunked\r\n\r\n")
        .await;
    for _ in 0..12 {
        raw.write(chunk.as_bytes()).await;
    }

    assert_eq!(raw.last_answer().await.status, 413);
    balancer.stop().await;
}

#[tokio::test]
async fn a_passing_body_that_cannot_be_read_is_a_400_and_not_the_nodes_fault() {
    let node = Backend::start().await;
    let balancer = passing(&node).await;
    for _ in 0..5 {
        let mut raw = Raw::connect(balancer.address()).await;
        let chunk = format!("7d0\r\n{}\r\n", "x".repeat(2_000));
        raw.write(
            format!("POST /x HTTP/1.1\r\nHost: milo.test\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes(),
        )
        .await;
        raw.write(b"nonsense\r\n").await;
        assert_eq!(raw.last_answer().await.status, 400);
    }

    assert_eq!(
        crate::support::status(&balancer).await.nodes[0]
            .health
            .ejections_in_a_row,
        0
    );
    balancer.stop().await;
}

#[tokio::test]
async fn a_client_that_expects_to_be_told_to_go_on_is_told() {
    let node = Backend::start().await;
    node.behave(Mode::Echo);
    let balancer = balance(quick(&[&node])).await;
    let mut raw = Raw::connect(balancer.address()).await;

    raw.write(b"POST /x HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        .await;
    assert_eq!(raw.answer().await.status, 100);
    raw.write(b"hello").await;

    assert_eq!(raw.answer().await.body, "hello");
    assert!(node.seen()[0].fields("expect").is_empty());
    balancer.stop().await;
}
