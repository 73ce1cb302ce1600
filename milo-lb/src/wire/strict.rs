//! A client's connection as hyper reads and writes it: only requests with one reading come through, and only in time.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::framing::{Framer, Refused};
use super::gather::poll_write_gathered;
use super::{Alarm, HeadLimits, Refusal, Turn};

/// Stands in the place of a head that is refused: hyper reads it, and the service answers it with the refusal.
const STAND_IN: &[u8] = b"GET / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// What is read at once.
const READ_BYTES: usize = 16 * 1024;
/// After a refusal, what the client still sends is read and forgotten: bytes that lie unread make its system drop the answer.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(1);

thread_local! {
    /// Idle connections are many: what they read into is one for all of a thread.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) head: Duration,
    pub(crate) idle: Duration,
    pub(crate) stalled: Duration,
}

/// What the client is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// The rest of a head.
    Head,
    /// Another request.
    Idle,
}

/// See [the module](self).
#[derive(Debug)]
pub(crate) struct Strict<S> {
    inner: S,
    framer: Framer,
    pace: Pace,
    turn: Arc<Turn>,
    /// Bytes that were read and not passed on; the first `passable` of them may be.
    kept: Vec<u8>,
    passable: usize,
    /// A body was refused: no more of it can be read.
    broken: bool,
    waiting: Option<(Wait, Instant)>,
    waited: Alarm,
    stalling: Option<Instant>,
    stalled: Alarm,
    lingering: Option<Linger>,
}

#[derive(Debug)]
struct Linger {
    until: Instant,
    bytes: usize,
}

impl<S> Strict<S> {
    pub(crate) fn new(inner: S, limits: HeadLimits, pace: Pace, turn: Arc<Turn>) -> Self {
        Self {
            inner,
            framer: Framer::new(limits),
            pace,
            turn,
            kept: Vec::new(),
            passable: 0,
            broken: false,
            waiting: None,
            waited: Alarm::default(),
            stalling: None,
            stalled: Alarm::default(),
            lingering: None,
        }
    }

    /// Passes on what may be.
    fn pass(&mut self, cursor: &mut ReadBufCursor<'_>) {
        let count = self.passable.min(cursor.remaining());
        cursor.put_slice(&self.kept[..count]);
        self.passable -= count;
        if count == self.kept.len() {
            // Not `clear`: an idle connection keeps no buffer.
            self.kept = Vec::new();
        } else {
            self.kept.drain(..count);
        }
    }

    /// Reads what came. What may be passed on is, as far as there is room; the rest is kept.
    fn judge(&mut self, fresh: &[u8], cursor: &mut ReadBufCursor<'_>) {
        if self.kept.is_empty() {
            let read = self.framer.read(fresh);
            let count = read.passed.min(cursor.remaining());
            cursor.put_slice(&fresh[..count]);
            self.kept.extend_from_slice(&fresh[count..]);
            self.passable = read.passed - count;
            self.settle(read.refused);
        } else {
            self.kept.extend_from_slice(fresh);
            let read = self.framer.read(&self.kept[self.passable..]);
            self.passable += read.passed;
            self.settle(read.refused);
            self.pass(cursor);
        }
    }

    fn settle(&mut self, refused: Option<Refused>) {
        let Some(Refused { refusal, in_head }) = refused else {
            return;
        };
        self.kept.truncate(self.passable);
        if in_head {
            self.stand_in();
        } else {
            self.broken = true;
        }
        self.turn.refuse(self.framer.heads(), refusal);
    }

    fn stand_in(&mut self) {
        self.kept.extend_from_slice(STAND_IN);
        self.passable = self.kept.len();
    }

    /// Whether the client has taken too long, and for what.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<Wait> {
        let wait = match (self.framer.in_head(), self.framer.is_between()) {
            (true, false) => Wait::Head,
            (true, true) if !self.turn.is_busy() => Wait::Idle,
            _ => {
                self.waiting = None;
                return Poll::Pending;
            }
        };
        let deadline = match self.waiting {
            Some((same, deadline)) if same == wait => deadline,
            _ => {
                let patience = match wait {
                    Wait::Head => self.pace.head,
                    Wait::Idle => self.pace.idle,
                };
                Instant::now() + patience
            }
        };
        self.waiting = Some((wait, deadline));
        ready!(self.waited.poll(context, deadline));
        Poll::Ready(wait)
    }

    /// Whether the client has taken nothing of what is written for too long.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let deadline = *self.stalling.get_or_insert_with(|| Instant::now() + self.pace.stalled);
        ready!(self.stalled.poll(context, deadline));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the client does not read"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Read for Strict<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let room = cursor.remaining();
        loop {
            if this.passable > 0 {
                this.pass(&mut cursor);
            }
            if cursor.remaining() < room {
                this.waiting = None;
                return Poll::Ready(Ok(()));
            }
            if this.broken {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            if this.framer.is_refused() {
                // What stood in was passed on, and is the last.
                return Poll::Pending;
            }
            let read = SCRATCH.with_borrow_mut(|scratch| {
                let mut buffer = ReadBuf::new(&mut scratch[..room.clamp(1, READ_BYTES)]);
                let read = Pin::new(&mut this.inner).poll_read(context, &mut buffer);
                this.judge(buffer.filled(), &mut cursor);
                read.map_ok(|()| buffer.filled().len())
            });
            match read? {
                Poll::Ready(0) => return Poll::Ready(Ok(())),
                Poll::Ready(_) => {}
                Poll::Pending => match ready!(this.poll_late(context)) {
                    Wait::Idle => return Poll::Ready(Ok(())),
                    Wait::Head => {
                        this.kept.truncate(this.passable);
                        this.framer.refuse();
                        this.stand_in();
                        this.turn.refuse(this.framer.heads(), Refusal::SlowHead);
                    }
                },
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    /// What writing gave, or that the client takes too long to read.
    fn paced<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalling = None;
            return written;
        }
        self.poll_stalled(context).map(Err)
    }

    /// Reads what the client still sends, for a while.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let linger = self.lingering.get_or_insert_with(|| Linger {
            until: Instant::now() + LINGER_TIME,
            bytes: 0,
        });
        SCRATCH.with_borrow_mut(|scratch| {
            while linger.bytes < LINGER_BYTES_MAX {
                let mut buffer = ReadBuf::new(scratch);
                match Pin::new(&mut self.inner).poll_read(context, &mut buffer) {
                    Poll::Ready(Ok(())) if !buffer.filled().is_empty() => linger.bytes += buffer.filled().len(),
                    Poll::Ready(_) => return Poll::Ready(()),
                    Poll::Pending => return self.waited.poll(context, linger.until),
                }
            }
            Poll::Ready(())
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Write for Strict<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.paced(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = poll_write_gathered(Pin::new(&mut this.inner), context, bytes);
        this.paced(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.paced(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.lingering.is_none() {
            let shut = Pin::new(&mut this.inner).poll_shutdown(context);
            ready!(this.paced(context, shut))?;
        }
        if !this.framer.is_between() {
            ready!(this.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }
}
