//! Asks a process on this machine whether it is ready: for the health checks of containers, whose images have no other program.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// What is read of an answer: its lines of dependencies are short.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// What the process that listens there says of its health, if that is good.
///
/// # Errors
/// Nobody answers within a few seconds, or the answer is not 200: one line says which.
pub fn ask_health(listen: SocketAddr, path: &str) -> anyhow::Result<String> {
    let address = SocketAddr::new(at_home(listen.ip()), listen.port());
    let mut stream =
        TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("nobody answers at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: a process may answer, and hang up, as soon as it has seen the beginning.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream
        .take(ANSWER_BYTES_MAX)
        .read_to_end(&mut answer)
        .with_context(|| format!("{address} did not answer in time"))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    if head.split(' ').nth(1) != Some("200") {
        bail!("{address} is not ready: {}", body.trim().replace('\n', " "));
    }
    Ok(body.trim().to_owned())
}

/// An address that listens everywhere is asked at home.
const fn at_home(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(address) if address.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{Read, SocketAddr, Write, ask_health};

    /// A process that answers one request so.
    fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            let _ = stream.read(&mut asked);
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn a_process_that_is_ready_says_so() {
        let address = answering("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"status\":\"ready\"}\n");
        assert_eq!(ask_health(address, "/health").unwrap(), "{\"status\":\"ready\"}");
    }

    #[test]
    fn a_process_that_is_not_ready_says_why_in_one_line() {
        let address = answering("HTTP/1.1 503 Whatever\r\nconnection: close\r\n\r\nredis\nis away");
        let error = ask_health(address, "/health").unwrap_err().to_string();
        assert_eq!(error, format!("{address} is not ready: redis is away"));
    }

    #[test]
    fn a_process_that_is_not_there_is_named_by_its_address() {
        let error = ask_health("127.0.0.1:1".parse().unwrap(), "/health")
            .unwrap_err()
            .to_string();
        assert_eq!(error, "nobody answers at 127.0.0.1:1");
    }
}
