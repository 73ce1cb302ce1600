//! Nodes that fail: what clients see of it, and how the node is left alone.

use std::time::Duration;

use milo_lb::LoadBalancer;

use crate::support::{Backend, Mode, balance, ejecting, get, get_until_one_is_out, quick, stands, start, status};

const REQUESTS: usize = 60;

/// So many GETs, several at once: their statuses.
async fn gets(balancer: &LoadBalancer) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..REQUESTS / 6 {
        let some = (0..6).map(|_| get(balancer, "/x"));
        statuses.extend(
            futures_util::future::join_all(some)
                .await
                .iter()
                .map(|answer| answer.status),
        );
    }
    statuses
}

/// One of three nodes behaves so: no GET fails.
async fn no_get_fails_while_one_of_three(mode: Mode) {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    nodes[0].behave(mode);

    let statuses = gets(&balancer).await;

    assert_eq!(statuses, [200; REQUESTS]);
    balancer.stop().await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_is_killed() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    // So that connections to it are in the pool.
    gets(&balancer).await;

    nodes[0].kill().await;
    let statuses = gets(&balancer).await;

    assert_eq!(statuses, [200; REQUESTS]);
    balancer.stop().await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_hangs() {
    no_get_fails_while_one_of_three(Mode::Hang).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_resets() {
    no_get_fails_while_one_of_three(Mode::Reset).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_closes() {
    no_get_fails_while_one_of_three(Mode::Close).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_half_closes() {
    no_get_fails_while_one_of_three(Mode::HalfClose).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_talks_nonsense() {
    no_get_fails_while_one_of_three(Mode::Garbage).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_answers_502() {
    no_get_fails_while_one_of_three(Mode::Status(502)).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_answers_503() {
    no_get_fails_while_one_of_three(Mode::Status(503)).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_is_slow() {
    no_get_fails_while_one_of_three(Mode::Slow(Duration::from_millis(20))).await;
}

#[tokio::test]
async fn no_get_fails_while_one_of_three_nodes_closes_connections_that_were_kept() {
    no_get_fails_while_one_of_three(Mode::CloseOnReuse).await;
}

#[tokio::test]
async fn no_get_fails_while_two_of_three_nodes_are_killed() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;

    nodes[0].kill().await;
    nodes[2].kill().await;

    assert_eq!(gets(&balancer).await, [200; REQUESTS]);
    balancer.stop().await;
}

#[tokio::test]
async fn without_any_node_the_answer_is_a_503_that_says_when_to_come_again() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    for node in &nodes {
        node.kill().await;
    }

    let first = get(&balancer, "/x").await;
    stands(&balancer, "out", 3).await;
    let second = get(&balancer, "/x").await;

    for answer in [first, second] {
        assert_eq!(answer.status, 503);
        assert_eq!(answer.field("retry-after"), Some("1"));
        assert!(answer.body.contains("urn:milo:problem:unavailable"), "{}", answer.body);
    }
    balancer.stop().await;
}

#[tokio::test]
async fn a_node_that_was_killed_serves_again_when_it_is_back() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    nodes[1].kill().await;
    gets(&balancer).await;
    stands(&balancer, "out", 1).await;

    nodes[1].revive();
    stands(&balancer, "ready", 3).await;
    let before = nodes[1].count();
    gets(&balancer).await;

    assert!(nodes[1].count() > before);
    balancer.stop().await;
}

#[tokio::test]
async fn a_node_that_is_out_gets_no_requests() {
    let nodes = Backend::three().await;
    let mut config = ejecting(&nodes.each_ref());
    config.ejection.after_errors = 3;
    let balancer = balance(config).await;
    nodes[0].behave(Mode::Status(500));
    get_until_one_is_out(&balancer).await;

    let before = nodes[0].count();
    gets(&balancer).await;

    assert_eq!(nodes[0].count(), before);
    balancer.stop().await;
}

#[tokio::test]
async fn what_ails_all_nodes_ejects_at_most_half_of_them() {
    let nodes = Backend::three().await;
    let mut config = ejecting(&nodes.each_ref());
    config.ejection.after_errors = 2;
    let balancer = balance(config).await;
    for node in &nodes {
        node.behave(Mode::Status(500));
    }

    let statuses = gets(&balancer).await;

    assert_eq!(statuses, [500; REQUESTS]);
    let status = status(&balancer).await;
    let out = status.nodes.iter().filter(|node| node.health.standing == "out").count();
    assert_eq!(out, 1, "{}", status.table());
    balancer.stop().await;
}

#[tokio::test]
async fn a_node_that_says_it_is_not_ready_gets_no_new_requests() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    nodes[2].say_ready(false);
    stands(&balancer, "unready", 1).await;

    let before = nodes[2].count();
    gets(&balancer).await;

    assert_eq!(nodes[2].count(), before);
    balancer.stop().await;
}

#[tokio::test]
async fn if_no_node_says_that_it_is_ready_they_are_asked_all_the_same() {
    let nodes = Backend::three().await;
    let balancer = balance(quick(&nodes.each_ref())).await;
    for node in &nodes {
        node.say_ready(false);
    }
    stands(&balancer, "unready", 3).await;

    assert_eq!(gets(&balancer).await, [200; REQUESTS]);
    balancer.stop().await;
}

#[tokio::test]
async fn a_get_that_waits_for_a_node_that_hangs_is_asked_elsewhere_when_the_node_is_out() {
    let nodes = [Backend::start().await, Backend::start().await];
    let balancer = balance(quick(&nodes.each_ref())).await;
    for node in &nodes {
        node.behave(Mode::Hang);
    }
    let waiting = get(&balancer, "/x");
    let saved = async {
        while nodes.iter().all(|node| node.count() == 0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let other = nodes.iter().find(|node| node.count() == 0).unwrap();
        other.behave(Mode::Serve);
    };

    let (answer, ()) = tokio::join!(waiting, saved);

    assert_eq!(answer.status, 200);
    balancer.stop().await;
}

#[tokio::test]
async fn a_get_to_the_only_node_is_not_given_up_because_checks_are_not_answered() {
    let node = Backend::start().await;
    node.behave(Mode::Slow(Duration::from_secs(2)));
    let mut config = quick(&[&node]);
    config.health.timeout = Duration::from_millis(10);
    let balancer = balance(config).await;
    let saved = async {
        node.is_asked().await;
        // Its answer is under way, but checks find nobody.
        node.behave(Mode::Hang);
        stands(&balancer, "out", 1).await;
    };

    let (answer, ()) = tokio::join!(get(&balancer, "/x"), saved);

    assert_eq!(answer.status, 200);
    balancer.stop().await;
}

#[tokio::test]
async fn the_nodes_of_a_name_are_all_its_addresses() {
    let node = Backend::start().await;
    let mut config = quick(&[&node]);
    config.nodes = vec![format!("localhost:{}", node.address().port())];
    let balancer = start(config).await;
    stands(&balancer, "ready", 1).await;

    assert_eq!(get(&balancer, "/x").await.status, 200);
    balancer.stop().await;
}
