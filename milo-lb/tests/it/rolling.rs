//! Nodes that are restarted one after the other, and the balancer itself: nobody notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::{Backend, Mode, Raw, balance, quick, stands};

/// Clients that ask on connections that they keep, GETs and POSTs in turn, until they are told to end.
struct Load {
    ends: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    clients: Vec<tokio::task::JoinHandle<Vec<u16>>>,
}

impl Load {
    fn start(address: std::net::SocketAddr, count: usize) -> Self {
        let (ends, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let clients = (0..count).map(|_| {
            let (ends, answered) = (ends.clone(), answered.clone());
            tokio::spawn(async move {
                let mut raw = Raw::connect(address).await;
                let mut bad = Vec::new();
                while !ends.load(Ordering::Relaxed) {
                    for request in [
                        "GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n",
                        "POST /x HTTP/1.1\r\nHost: milo.test\r\nContent-Length: 5\r\n\r\nhello",
                    ] {
                        raw.write(request.as_bytes()).await;
                        let status = raw.answer().await.status;
                        if status != 200 {
                            bad.push(status);
                        }
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
                bad
            })
        });
        Self {
            clients: clients.collect(),
            ends,
            answered,
        }
    }

    async fn goes_on(&self, count: usize) {
        let until = self.answered.load(Ordering::Relaxed) + count;
        while self.answered.load(Ordering::Relaxed) < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The statuses that were not 200.
    async fn end(self) -> Vec<u16> {
        self.ends.store(true, Ordering::Relaxed);
        let mut bad = Vec::new();
        for client in self.clients {
            bad.extend(client.await.unwrap());
        }
        bad
    }
}

#[tokio::test]
async fn a_rolling_restart_of_three_nodes_under_load_fails_no_request() {
    let nodes = Backend::three().await;
    for node in &nodes {
        node.behave(Mode::Slow(Duration::from_millis(2)));
    }
    let balancer = balance(quick(&nodes.each_ref())).await;
    let load = Load::start(balancer.address(), 16);

    for node in &nodes {
        load.goes_on(200).await;
        // As a process does that is told to stop: first it says so, then it ends what it has, then it goes.
        node.say_ready(false);
        stands(&balancer, "unready", 1).await;
        while crate::support::status(&balancer)
            .await
            .nodes
            .iter()
            .any(|status| status.address == node.address() && status.in_flight > 0)
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        node.kill().await;
        load.goes_on(200).await;
        node.say_ready(true);
        node.revive();
        stands(&balancer, "ready", 3).await;
    }

    assert_eq!(load.end().await, Vec::<u16>::new());
    assert!(balancer.stop().await);
}

#[tokio::test]
async fn a_balancer_that_stops_answers_what_it_was_asked() {
    let node = Backend::start().await;
    node.behave(Mode::Slow(Duration::from_millis(300)));
    let balancer = balance(quick(&[&node])).await;
    let mut asked = Raw::connect(balancer.address()).await;
    let mut idle = Raw::connect(balancer.address()).await;
    asked.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    node.is_asked().await;

    let address = balancer.address();
    let (is_clean, answer, nothing) = tokio::join!(balancer.stop(), asked.answer(), idle.rest());

    assert!(is_clean);
    assert_eq!((answer.status, answer.field("connection")), (200, Some("close")));
    assert!(nothing.is_empty());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_balancer_waits_only_so_long_for_what_it_was_asked() {
    let node = Backend::start().await;
    node.behave(Mode::Slow(Duration::from_secs(60)));
    let mut config = quick(&[&node]);
    config.stop.drain = Duration::from_millis(100);
    let balancer = balance(config).await;
    let mut asked = Raw::connect(balancer.address()).await;
    asked.write(b"GET /x HTTP/1.1\r\nHost: milo.test\r\n\r\n").await;
    node.is_asked().await;

    assert!(!balancer.stop().await);
}
