//! A client that writes its own bytes.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::World;

/// One connection.
pub(crate) struct Socket(TcpStream);

/// What came back.
#[derive(Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl RawAnswer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Socket {
    pub(crate) async fn open(world: &World) -> Self {
        Self(
            TcpStream::connect(world.url.strip_prefix("http://").unwrap())
                .await
                .unwrap(),
        )
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads until the server closes: the request must have asked for that.
    pub(crate) async fn answer(mut self) -> RawAnswer {
        let mut bytes = Vec::new();
        // A server that refuses a body early may reset the connection after its answer.
        let _ = self.0.read_to_end(&mut bytes).await;
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        RawAnswer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}
