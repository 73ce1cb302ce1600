//! The door: takes connections, and turns away what is too much.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::worker::{Arrival, Workers};
use crate::balancer::Balancer;
use crate::limits::{Client, Full};

const BACKLOG: i32 = 4096;
/// What is waited when the system gives no more descriptors.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(50);

const FULL_CLIENT: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nconnection: close\r\nretry-after: 1\r\n\
content-type: application/problem+json\r\ncontent-length: 127\r\n\r\n\
{\"type\":\"urn:milo:problem:too-many-requests\",\"title\":\"Too many requests\",\"status\":429,\"detail\":\"use fewer connections at once\"}";
const FULL_TOTAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
content-type: application/problem+json\r\ncontent-length: 135\r\n\r\n\
{\"type\":\"urn:milo:problem:unavailable\",\"title\":\"No server can answer at the moment\",\"status\":503,\"detail\":\"there are too many clients\"}";

/// Listens on an address, also on one that a process has just left.
///
/// # Errors
/// The address cannot be had.
pub(crate) fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let listen = || -> std::io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    listen().with_context(|| format!("{setting}: cannot listen on {address}"))
}

/// Takes connections until it is told to stop.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) balancer: Arc<Balancer>,
    pub(crate) workers: Arc<Workers>,
    /// Kept by each connection until it is over.
    pub(crate) alive: mpsc::Sender<()>,
}

impl Door {
    pub(crate) async fn keep(self, mut stop: watch::Receiver<bool>) {
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                _ = stop.changed() => return,
            };
            match accepted {
                Ok((stream, peer)) => match stream.into_std() {
                    Ok(stream) => self.admit(stream, peer),
                    Err(error) => tracing::warn!(%error, "a connection could not be taken"),
                },
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be taken");
                    tokio::time::sleep(EXHAUSTED_PAUSE).await;
                }
            }
        }
    }

    fn admit(&self, mut stream: TcpStream, peer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        match self.balancer.connections.admit(Client::of(peer.ip())) {
            Ok(permit) => {
                self.workers.give(Arrival {
                    stream,
                    peer,
                    permit,
                    alive: self.alive.clone(),
                });
            }
            Err(full) => {
                let (answer, counter) = match full {
                    Full::Client => (FULL_CLIENT, &self.balancer.meters.full_client),
                    Full::Total => (FULL_TOTAL, &self.balancer.meters.full_total),
                };
                counter.increment(1);
                if self.balancer.live().tls.is_none() {
                    // As a courtesy, if it can be said at once.
                    let _ = stream.write(answer);
                }
            }
        }
    }
}

/// The client went away while it waited: nothing is wrong with us.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::{FULL_CLIENT, FULL_TOTAL};

    #[test]
    fn the_answers_at_the_door_have_the_length_they_say() {
        for answer in [FULL_CLIENT, FULL_TOTAL] {
            let text = std::str::from_utf8(answer).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(&format!("content-length: {}", body.len())),
                "{} bytes",
                body.len()
            );
            serde_json::from_str::<serde_json::Value>(body).unwrap();
        }
    }
}
