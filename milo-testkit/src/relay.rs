//! A wire between a client and an engine that a test can count on, and cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

/// How the wire behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// What comes in goes out.
    #[default]
    Open,
    /// What comes in goes out this much later, in both directions.
    Slow(Duration),
    /// Whatever is sent disappears, and nobody is told; new connections are made and hear nothing.
    Blackhole,
    /// What a client asks is passed on, and the answers disappear: the connection looks alive from both ends.
    HalfOpen,
    /// What a client asks is passed on; when the engine answers, the answer disappears and the connection breaks. So the
    /// engine has done what it was asked, and the client does not know.
    AnswersLost,
    /// New connections break at once; those that are there stay as they are.
    Refusing,
}

/// A TCP relay on a port of its own in front of an engine. Dropping it breaks every connection.
///
/// It knows no protocol: a round trip is whatever a client says until it is answered.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    cuts: watch::Sender<Cut>,
    count: Arc<Count>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// A relay to `target`, `host:port`.
    pub async fn to(target: impl Into<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port for the relay");
        let address = listener.local_addr().expect("the relay's port has an address");
        let (wire, cuts) = (watch::Sender::new(Wire::Open), watch::Sender::new(Cut::default()));
        let count = Arc::<Count>::default();
        let link = Link {
            wire: wire.subscribe(),
            cuts: cuts.subscribe(),
            count: count.clone(),
        };
        let accepting = tokio::spawn(accept(listener, target.into(), link));
        Self {
            address,
            wire,
            cuts,
            count,
            accepting,
        }
    }

    /// A relay to the engine that `url` names.
    pub async fn to_url(url: &str) -> Self {
        let url = Url::parse(url).expect("the URL of an engine is a URL");
        let (host, port) = (url.host_str(), url.port());
        let (host, port) = host.zip(port).expect("the URL of an engine names host and port");
        Self::to(format!("{host}:{port}")).await
    }

    /// The relay's own address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `url` with the relay's address in the place of the engine's.
    pub fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("the URL of an engine is a URL");
        let placed = url.set_host(Some("127.0.0.1")).is_ok() && url.set_port(Some(self.address.port())).is_ok();
        assert!(placed, "the URL of an engine names host and port");
        url.into()
    }

    /// How many round trips the clients have made since the relay was made.
    pub fn round_trips(&self) -> u64 {
        self.count.round_trips.load(Ordering::Acquire)
    }

    /// From now on, leaves those out of the count in which the client says no more than `bytes`: the pings of a pool.
    /// Nor do answers to them get [lost](Wire::AnswersLost).
    pub fn ignore_up_to(&self, bytes: usize) {
        self.count.ignored_bytes.store(bytes, Ordering::Release);
    }

    /// Changes how the wire behaves, for connections that are there as well as for those to come.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }

    /// Breaks every connection that is there.
    pub fn cut(&self) {
        self.break_all(false);
    }

    /// Breaks every connection that is there with a reset (RST) to both ends: what was on its way is lost.
    pub fn reset(&self) {
        self.break_all(true);
    }

    fn break_all(&self, is_reset: bool) {
        self.cuts.send_modify(|cut| {
            cut.count += 1;
            cut.is_reset = is_reset;
        });
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// The last time that connections were broken, and how.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    count: u64,
    is_reset: bool,
}

/// What every connection looks at.
#[derive(Clone)]
struct Link {
    wire: watch::Receiver<Wire>,
    cuts: watch::Receiver<Cut>,
    count: Arc<Count>,
}

#[derive(Debug, Default)]
struct Count {
    round_trips: AtomicU64,
    ignored_bytes: AtomicUsize,
}

impl Count {
    /// Counts a round trip in which the client said so many bytes, unless it is to be ignored.
    fn counts(&self, bytes: usize) -> bool {
        let is_counted = bytes > self.ignored_bytes.load(Ordering::Acquire);
        self.round_trips.fetch_add(u64::from(is_counted), Ordering::AcqRel);
        is_counted
    }
}

async fn accept(listener: TcpListener, target: String, link: Link) {
    // Ends with this task, and every connection with it.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((client, _)) = accepted && *link.wire.borrow() != Wire::Refusing {
                    connections.spawn(connect(client, target.clone(), link.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connect(mut client: TcpStream, target: String, mut link: Link) {
    link.cuts.mark_unchanged();
    let Ok(mut engine) = TcpStream::connect(&target).await else {
        return;
    };
    let whole = client.set_nodelay(true).is_ok() && engine.set_nodelay(true).is_ok();
    if !whole {
        return;
    }
    let mut cuts = link.cuts.clone();
    {
        let (from_client, to_client) = client.split();
        let (from_engine, to_engine) = engine.split();
        let unanswered_bytes = AtomicUsize::new(0);
        tokio::select! {
            () = ask(from_client, to_engine, &link, &unanswered_bytes) => return,
            () = answer(from_engine, to_client, &link, &unanswered_bytes) => return,
            _ = cuts.changed() => {}
        }
    }
    if cuts.borrow().is_reset {
        // Whoever closes a socket that must not linger, resets it. A socket that cannot be told so is gone already.
        let _ = (client.set_zero_linger(), engine.set_zero_linger());
    }
}

/// Passes on what the client says.
async fn ask(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, link: &Link, unanswered_bytes: &AtomicUsize) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Some(said) = hear(&mut from, &mut buffer).await {
        unanswered_bytes.fetch_add(said.len(), Ordering::AcqRel);
        if !pass(said, &mut to, link).await {
            return;
        }
    }
}

/// Passes on what the engine answers, and counts what it answers to.
async fn answer(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, link: &Link, unanswered_bytes: &AtomicUsize) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Some(said) = hear(&mut from, &mut buffer).await {
        let is_counted = link.count.counts(unanswered_bytes.swap(0, Ordering::AcqRel));
        let wire = *link.wire.borrow();
        if wire == Wire::HalfOpen {
            continue;
        }
        let is_lost = is_counted && wire == Wire::AnswersLost;
        if is_lost || !pass(said, &mut to, link).await {
            return;
        }
    }
}

const BUFFER_BYTES: usize = 16 * 1024;

async fn hear<'b>(from: &mut ReadHalf<'_>, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    match from.read(buffer).await {
        Ok(0) | Err(_) => None,
        Ok(length) => Some(&buffer[..length]),
    }
}

async fn pass(said: &[u8], to: &mut WriteHalf<'_>, link: &Link) -> bool {
    let wire = *link.wire.borrow();
    match wire {
        Wire::Blackhole => return true,
        Wire::Slow(delay) => tokio::time::sleep(delay).await,
        Wire::Open | Wire::HalfOpen | Wire::AnswersLost | Wire::Refusing => {}
    }
    to.write_all(said).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An engine that says back whatever it is told.
    async fn echo() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = client.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn client(relay: &Relay) -> TcpStream {
        TcpStream::connect(relay.address()).await.unwrap()
    }

    /// Says four letters and waits for as many.
    async fn exchange(client: &mut TcpStream) -> std::io::Result<()> {
        client.write_all(b"ping").await?;
        client.read_exact(&mut [0; 4]).await.map(|_| ())
    }

    #[tokio::test]
    async fn round_trips_are_counted() {
        let relay = Relay::to(echo().await).await;
        let (mut one, mut other) = (client(&relay).await, client(&relay).await);
        for _ in 0..3 {
            exchange(&mut one).await.unwrap();
        }
        exchange(&mut other).await.unwrap();
        assert_eq!(relay.round_trips(), 4);
    }

    #[tokio::test]
    async fn small_round_trips_can_be_ignored() {
        let relay = Relay::to(echo().await).await;
        let mut asking = client(&relay).await;
        relay.ignore_up_to(4);
        exchange(&mut asking).await.unwrap();
        assert_eq!(relay.round_trips(), 0);
        relay.ignore_up_to(3);
        exchange(&mut asking).await.unwrap();
        assert_eq!(relay.round_trips(), 1);
    }

    #[tokio::test]
    async fn a_cut_breaks_the_connections_that_are_there() {
        let relay = Relay::to(echo().await).await;
        let mut before = client(&relay).await;
        exchange(&mut before).await.unwrap();
        relay.cut();
        exchange(&mut before).await.unwrap_err();
        exchange(&mut client(&relay).await).await.unwrap();
    }

    #[tokio::test]
    async fn a_reset_is_a_reset_and_no_end() {
        let relay = Relay::to(echo().await).await;
        let mut before = client(&relay).await;
        exchange(&mut before).await.unwrap();
        relay.reset();
        let broken = before.read_exact(&mut [0; 1]).await.unwrap_err();
        assert_eq!(broken.kind(), std::io::ErrorKind::ConnectionReset);
        exchange(&mut client(&relay).await).await.unwrap();
    }

    #[tokio::test]
    async fn on_a_half_open_wire_the_question_arrives_and_the_answer_does_not() {
        let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let relay = Relay::to(listener.local_addr().unwrap().to_string()).await;
        tokio::spawn(async move {
            let (mut engine, _) = listener.accept().await.unwrap();
            let mut said = [0; 4];
            engine.read_exact(&mut said).await.unwrap();
            engine.write_all(b"pong").await.unwrap();
            heard.send(said).unwrap();
            std::future::pending::<()>().await;
        });
        relay.set(Wire::HalfOpen);
        let mut asking = client(&relay).await;
        let silence = tokio::time::timeout(Duration::from_millis(100), exchange(&mut asking)).await;
        assert!(silence.is_err(), "nobody answers, and the connection stands");
        assert_eq!(hears.recv().await.unwrap(), *b"ping");
    }

    #[tokio::test]
    async fn a_lost_answer_breaks_the_connection() {
        let relay = Relay::to(echo().await).await;
        let mut asking = client(&relay).await;
        exchange(&mut asking).await.unwrap();
        relay.set(Wire::AnswersLost);
        exchange(&mut asking).await.unwrap_err();
        relay.set(Wire::Open);
        exchange(&mut client(&relay).await).await.unwrap();
    }

    #[tokio::test]
    async fn a_blackhole_swallows_what_is_said() {
        let relay = Relay::to(echo().await).await;
        let mut asking = client(&relay).await;
        relay.set(Wire::Blackhole);
        let silence = tokio::time::timeout(Duration::from_millis(50), exchange(&mut asking)).await;
        assert!(silence.is_err(), "nobody answers");
    }

    #[tokio::test]
    async fn a_slow_wire_delays_both_directions() {
        let relay = Relay::to(echo().await).await;
        let mut asking = client(&relay).await;
        relay.set(Wire::Slow(Duration::from_millis(20)));
        let begun = std::time::Instant::now();
        exchange(&mut asking).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(40));
    }

    #[tokio::test]
    async fn a_refusing_wire_takes_no_new_connections() {
        let relay = Relay::to(echo().await).await;
        let mut before = client(&relay).await;
        exchange(&mut before).await.unwrap();
        relay.set(Wire::Refusing);
        exchange(&mut client(&relay).await).await.unwrap_err();
        exchange(&mut before).await.unwrap();
    }
}
