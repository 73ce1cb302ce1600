//! A way to the broker that a test cuts, closes, and lets fall silent.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// How long the broker may take to notice that a connection has ended.
const GOODBYE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// What one side says, the other hears.
    Open,
    /// Connections are refused.
    Closed,
    /// Connections are accepted, those that are there stay, and nobody hears anything.
    Silent,
}

pub(crate) struct Proxy {
    address: SocketAddr,
    way: watch::Sender<Way>,
    cuts: watch::Sender<u32>,
    connections: Arc<Mutex<JoinSet<()>>>,
    listener: AbortHandle,
}

impl Proxy {
    /// A way to `target`, such as `127.0.0.1:5672`.
    pub(crate) async fn to(target: String, way: Way) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (way, seen) = watch::channel(way);
        let (cuts, cut) = watch::channel(0);
        let connections = Arc::new(Mutex::new(JoinSet::new()));
        let accepted = Arc::clone(&connections);
        let listener = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                // Accepted and dropped at once: nobody is there.
                if *seen.borrow() != Way::Closed {
                    let carried = carry(client, target.clone(), seen.clone(), cut.clone());
                    accepted.lock().unwrap().spawn(carried);
                }
            }
        });
        Self {
            address,
            way,
            cuts,
            connections,
            listener: listener.abort_handle(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }

    /// How many connections there are.
    pub(crate) fn connections(&self) -> usize {
        let mut connections = self.connections.lock().unwrap();
        while connections.try_join_next().is_some() {}
        connections.len()
    }

    /// Ends every connection. What the client had sent still arrives; what the broker sends does not.
    pub(crate) async fn cut(&self) {
        let ended = std::mem::take(&mut *self.connections.lock().unwrap());
        self.cuts.send_modify(|cuts| *cuts += 1);
        ended.join_all().await;
    }

    /// Ends every connection at once, and lets none be made any more.
    pub(crate) fn end(&self) {
        self.listener.abort();
        self.connections.lock().unwrap().abort_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end();
    }
}

async fn carry(client: TcpStream, target: String, mut way: watch::Receiver<Way>, mut cut: watch::Receiver<u32>) {
    cut.mark_unchanged();
    let mut said = Vec::new();
    tokio::select! {
        _ = way.wait_for(|way| *way != Way::Silent) => {}
        () = hear(&client, &mut said) => return,
        _ = cut.changed() => return,
    }
    let Ok(mut broker) = TcpStream::connect(target).await else {
        return;
    };
    // Small frames are not to wait for one another, as they do not on a direct way.
    let prompt = client.set_nodelay(true).and_then(|()| broker.set_nodelay(true));
    if prompt.is_err() || broker.write_all(&said).await.is_err() {
        return;
    }
    let (from_client, to_client) = client.into_split();
    let (from_broker, to_broker) = broker.into_split();
    let forth = async {
        let (from_client, mut to_broker) = pump(from_client, to_broker, way.clone(), cut.clone()).await;
        finish(&from_client, &mut to_broker).await;
    };
    let back = async {
        let (mut from_broker, mut to_client) = pump(from_broker, to_client, way.clone(), cut.clone()).await;
        let _ = to_client.shutdown().await;
        // An early close with something unread would take back what was sent.
        let goodbye = async { while matches!(from_broker.read(&mut [0; 4096]).await, Ok(1..)) {} };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    };
    tokio::join!(forth, back);
}

/// Keeps what the client says, and returns when it is gone.
async fn hear(client: &TcpStream, said: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    while client.readable().await.is_ok() {
        match client.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => said.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Carries what comes until either end is gone, or the way is cut or closed.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut way: watch::Receiver<Way>,
    mut cut: watch::Receiver<u32>,
) -> (OwnedReadHalf, OwnedWriteHalf) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let carried = async {
            let read = from.read(&mut buffer).await.unwrap_or(0);
            way.wait_for(|way| *way != Way::Silent).await.is_ok()
                && read > 0
                && to.write_all(&buffer[..read]).await.is_ok()
        };
        tokio::select! {
            going_on = carried => if !going_on { break },
            _ = cut.changed() => break,
        }
    }
    (from, to)
}

/// Sends on what had arrived before the cut, and says that nothing more comes.
async fn finish(from: &OwnedReadHalf, to: &mut OwnedWriteHalf) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(Ok(ready)) = tokio::time::timeout(Duration::from_millis(20), from.ready(Interest::READABLE)).await
        && ready.is_readable()
        && let Ok(read @ 1..) = from.try_read(&mut buffer)
    {
        let _ = to.write_all(&buffer[..read]).await;
    }
    let _ = to.shutdown().await;
}
