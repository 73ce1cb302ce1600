//! Whether an engine answers.

use std::net::Ipv4Addr;
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// What an engine is asked. That its port is open says nothing: Docker opens it before the engine does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Probe {
    /// To let us sign in.
    Postgres,
    /// To answer a PING.
    Redis,
    /// To begin the handshake.
    Amqp,
}

impl Probe {
    pub(crate) async fn answers(self, url: &str, port: u16) -> bool {
        let asked = async {
            match self {
                Self::Postgres => match PgConnection::connect(url).await {
                    Ok(connection) => connection.close().await.is_ok(),
                    Err(_) => false,
                },
                Self::Redis => begins(port, b"PING\r\n", b"+PONG").await,
                // The header of AMQP 0-9-1 is answered by a frame of type 1 on channel 0.
                Self::Amqp => begins(port, b"AMQP\0\0\x09\x01", &[1, 0, 0]).await,
            }
        };
        tokio::time::timeout(ANSWER_TIME, asked).await.unwrap_or(false)
    }
}

/// Whether the answer to `question` begins as it should.
async fn begins(port: u16, question: &[u8], answer: &[u8]) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(question).await?;
        let mut begun = vec![0; answer.len()];
        stream.read_exact(&mut begun).await?;
        std::io::Result::Ok(begun == answer)
    };
    asked.await.unwrap_or(false)
}
