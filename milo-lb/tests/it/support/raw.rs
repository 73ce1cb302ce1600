//! A client that writes what it is told, byte for byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::PATIENCE;

/// A connection.
pub(crate) struct Raw(TcpStream);

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// 0 if there was none.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            return Self {
                body: text.into_owned(),
                ..Self::default()
            };
        };
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        Self {
            status,
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
    }
}

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Whether it could be written.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// Says that nothing more will be written.
    pub(crate) async fn finish(&mut self) {
        let _ = self.0.shutdown().await;
    }

    /// Bytes as an answer.
    pub(crate) fn parsed(bytes: &[u8]) -> Answer {
        Answer::parse(bytes)
    }

    /// Everything until the other side ends.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // An end that is a reset is an end too.
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut bytes))
            .await
            .expect("the connection was not closed");
        bytes
    }

    /// The answer that ends the connection.
    pub(crate) async fn last_answer(&mut self) -> Answer {
        Answer::parse(&self.rest().await)
    }

    /// One answer with a length, of a connection that goes on.
    pub(crate) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        timeout(PATIENCE, async {
            let mut byte = [0];
            while !bytes.ends_with(b"\r\n\r\n") {
                if self.0.read(&mut byte).await.unwrap_or(0) == 0 {
                    return;
                }
                bytes.push(byte[0]);
            }
            let length = Answer::parse(&bytes)
                .field("content-length")
                .map_or(0, |length| length.parse().unwrap());
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            bytes.extend(body);
        })
        .await
        .expect("no answer came");
        Answer::parse(&bytes)
    }

    /// What comes within some time, or the end.
    pub(crate) async fn some(&mut self, patience: Duration) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 64 * 1024];
        let count = timeout(patience, self.0.read(&mut bytes)).await.ok()?.unwrap_or(0);
        bytes.truncate(count);
        Some(bytes)
    }
}

/// Writes a request and gives the answer, after which the connection is closed.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut raw = Raw::connect(address).await;
    raw.write(request).await;
    raw.last_answer().await
}
