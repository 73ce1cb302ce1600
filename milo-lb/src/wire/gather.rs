//! Small writes in one piece.
//!
//! hyper hands a head and its body over as two slices. For a system, two slices are dearer to take than a few hundred bytes are to copy; a large body is
//! handed on as it is.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

/// What is copied at most.
const GATHERED_BYTES_MAX: usize = 4096;

thread_local! {
    static GATHERED: RefCell<Vec<u8>> = RefCell::new(Vec::with_capacity(GATHERED_BYTES_MAX));
}

/// Writes the slices, as one if they are small. Like any write it may take only a part of them.
pub(super) fn poll_write_gathered(
    inner: Pin<&mut impl AsyncWrite>,
    context: &mut Context<'_>,
    slices: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
    if slices.len() < 2 || bytes > GATHERED_BYTES_MAX {
        return inner.poll_write_vectored(context, slices);
    }
    GATHERED.with_borrow_mut(|gathered| {
        gathered.clear();
        for slice in slices {
            gathered.extend_from_slice(slice);
        }
        inner.poll_write(context, gathered)
    })
}

/// A connection to a node as hyper reads and writes it.
#[derive(Debug)]
pub(crate) struct Gathering(TokioIo<TcpStream>);

impl Gathering {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self(TokioIo::new(stream))
    }
}

impl Read for Gathering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, cursor)
    }
}

impl Write for Gathering {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        poll_write_gathered(Pin::new(self.0.inner_mut()), context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    async fn written(slices: &[&[u8]]) -> Vec<u8> {
        let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        let (mut near, mut far) = duplex(bytes);
        let slices: Vec<_> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
        let count = std::future::poll_fn(|context| poll_write_gathered(Pin::new(&mut near), context, &slices))
            .await
            .expect("there is room");
        drop(near);
        let mut read = Vec::new();
        far.read_to_end(&mut read).await.expect("it was written");
        assert_eq!(read.len(), count);
        read
    }

    #[tokio::test]
    async fn small_slices_are_written_in_one_piece() {
        assert_eq!(written(&[b"head", b"", b"body"]).await, b"headbody");
    }

    #[tokio::test]
    async fn what_a_large_write_takes_is_the_beginning_of_it() {
        let body = vec![7; GATHERED_BYTES_MAX];
        let all = [b"head".as_slice(), &body].concat();
        let taken = written(&[b"head", &body]).await;
        assert!(!taken.is_empty());
        assert_eq!(taken, all[..taken.len()]);
    }
}
