//! A node that serves, or does what a node should not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// How a node takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// 200, with its number as the body.
    Serve,
    /// Answers so.
    Status(u16),
    /// Reads the request, then is silent for ever; also to its checks.
    Hang,
    /// Reads the request, then resets the connection.
    Reset,
    /// Reads the request, then closes the connection.
    Close,
    /// Reads the request, then says that nothing more comes, and waits.
    HalfClose,
    /// Answers with what is no HTTP.
    Garbage,
    /// Says the head of an answer, and half of its body, and closes.
    Truncate,
    /// Serves, but only after some time.
    Slow(Duration),
    /// Closes a connection that was used, whenever the next request comes on it.
    CloseOnReuse,
    /// Sends events, one each time it is asked to by [`Backend::emit`].
    Stream,
    /// Echoes the body.
    Echo,
    /// Answers with so many bytes.
    Bytes(usize),
}

/// A request, as a node saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The values of a field.
    pub(crate) fn fields(&self, name: &str) -> Vec<&str> {
        let of_name = |line: &'_ str| {
            line.split_once(':')
                .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
        };
        let lines = self.head.lines().skip(1).filter(|line| of_name(line));
        lines.filter_map(|line| Some(line.split_once(':')?.1.trim())).collect()
    }

    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }
}

struct Shared {
    mode: Mode,
    is_ready: bool,
    seen: Vec<Seen>,
    events: tokio::sync::broadcast::Sender<String>,
    connections: usize,
}

/// A node.
pub(crate) struct Backend {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    running: Mutex<Option<AbortHandle>>,
}

impl Backend {
    pub(crate) async fn start() -> Self {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)));
        let backend = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::new(Mutex::new(Shared {
                mode: Mode::Serve,
                is_ready: true,
                seen: Vec::new(),
                events: tokio::sync::broadcast::channel(100).0,
                connections: 0,
            })),
            running: Mutex::default(),
        };
        backend.run(listener);
        backend
    }

    pub(crate) async fn three() -> [Self; 3] {
        [Self::start().await, Self::start().await, Self::start().await]
    }

    fn run(&self, listener: TcpListener) {
        let running = tokio::spawn(accept(listener, self.shared.clone(), self.address)).abort_handle();
        *self.running.lock().unwrap() = Some(running);
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }

    /// What it does from now on, also on connections that are open.
    pub(crate) fn behave(&self, mode: Mode) {
        self.shared().mode = mode;
    }

    /// What it says to its checks.
    pub(crate) fn say_ready(&self, is_ready: bool) {
        self.shared().is_ready = is_ready;
    }

    /// Everything but checks.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared().seen.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.shared().seen.len()
    }

    /// Waits until it has seen a request.
    pub(crate) async fn is_asked(&self) {
        while self.count() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Connections that were opened, for checks too.
    pub(crate) fn connections(&self) -> usize {
        self.shared().connections
    }

    pub(crate) fn emit(&self, event: &str) {
        let _ = self.shared().events.send(event.to_owned());
    }

    /// Ends at once, as a process that is killed: its system resets its connections and refuses new ones.
    pub(crate) async fn kill(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.abort();
            while !running.is_finished() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Starts again, at the same address.
    pub(crate) fn revive(&self) {
        self.run(listen(self.address));
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            running.abort();
        }
    }
}

fn listen(address: SocketAddr) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(1024).unwrap();
    TcpListener::from_std(socket.into()).unwrap()
}

async fn accept(listener: TcpListener, shared: Arc<Mutex<Shared>>, address: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        shared.lock().unwrap().connections += 1;
        connections.spawn(serve(stream, shared.clone(), address));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Mutex<Shared>>, address: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    let mut is_used = false;
    loop {
        let Some(seen) = read(&mut stream).await else { return };
        let is_check = seen.line().starts_with("GET /health/ready ");
        let (mode, is_ready) = {
            let shared = shared.lock().unwrap();
            (shared.mode, shared.is_ready)
        };
        if is_check {
            if mode == Mode::Hang {
                std::future::pending::<()>().await;
            }
            let status = if is_ready { 200 } else { 503 };
            let _ = stream.write_all(answer(status, "check").as_bytes()).await;
            continue;
        }
        if mode == Mode::CloseOnReuse && is_used {
            return;
        }
        is_used = true;
        shared.lock().unwrap().seen.push(seen.clone());
        if !behave(&mut stream, mode, &seen, &shared, address).await {
            return;
        }
    }
}

/// Whether the connection goes on.
async fn behave(
    stream: &mut BufReader<TcpStream>,
    mode: Mode,
    seen: &Seen,
    shared: &Mutex<Shared>,
    address: SocketAddr,
) -> bool {
    let name = address.port().to_string();
    let text = match mode {
        Mode::Serve | Mode::CloseOnReuse => answer(200, &name),
        Mode::Status(status) => answer(status, &name),
        Mode::Echo => answer(200, &String::from_utf8_lossy(&seen.body)),
        Mode::Bytes(count) => answer(200, &"x".repeat(count)),
        Mode::Slow(time) => {
            tokio::time::sleep(time).await;
            answer(200, &name)
        }
        Mode::Hang => std::future::pending().await,
        Mode::Close => return false,
        Mode::Reset => {
            let _ = SockRef::from(stream.get_ref()).set_linger(Some(Duration::ZERO));
            return false;
        }
        Mode::HalfClose => {
            let _ = stream.shutdown().await;
            std::future::pending().await
        }
        Mode::Garbage => "no HTTP at all\r\n\r\n".to_owned(),
        Mode::Truncate => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf.")
                .await;
            return false;
        }
        Mode::Stream => {
            let mut events = shared.lock().unwrap().events.subscribe();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            if stream.write_all(head.as_bytes()).await.is_err() {
                return false;
            }
            while let Ok(event) = events.recv().await {
                let chunk = format!("{:x}\r\n{event}\r\n", event.len());
                if stream.write_all(chunk.as_bytes()).await.is_err() {
                    return false;
                }
            }
            return false;
        }
    };
    stream.write_all(text.as_bytes()).await.is_ok()
}

fn answer(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A request, read as strictly as a node can: with exactly one length.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let mut seen = Seen {
        head: String::from_utf8_lossy(&head).into_owned(),
        body: Vec::new(),
    };
    let (lengths, codings) = (seen.fields("content-length"), seen.fields("transfer-encoding"));
    assert!(
        lengths.len() + codings.len() <= 1,
        "a request has more than one length: {}",
        seen.head
    );
    if let [length] = lengths[..] {
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body).await.ok()?;
        seen.body = body;
    } else if let [coding] = codings[..] {
        assert_eq!(coding, "chunked");
        seen.body = chunks(stream).await?;
    }
    Some(seen)
}

async fn chunks(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(stream.read_u8().await.ok()?);
        }
        let size = usize::from_str_radix(std::str::from_utf8(&line).unwrap().trim(), 16).unwrap();
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk).await.ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
