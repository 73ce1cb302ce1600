//! Where requests begin and end in the bytes of a connection. Pure.

use super::Refusal;
use super::head::{self, Framing, Head};

/// How large a head may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    pub(crate) bytes: usize,
    pub(crate) fields: usize,
    pub(crate) target_bytes: usize,
}

/// A line of a chunked body may have so many bytes: sizes are short, and trailers are rare.
const CHUNK_LINE_BYTES_MAX: usize = 1024;
/// Lines after the last chunk.
const TRAILERS_MAX: usize = 32;

/// Follows the bytes of a connection and says which of them may be passed on.
#[derive(Debug)]
pub(crate) struct Framer {
    limits: HeadLimits,
    state: State,
    /// Heads that were read whole, or refused.
    heads: u64,
}

#[derive(Debug)]
enum State {
    /// In a head: what its lines said, where the line that is not over begins, and how far the search for its end came.
    Head {
        head: Head,
        line: usize,
        searched: usize,
    },
    Body {
        left: u64,
    },
    ChunkSize,
    Chunk {
        left: u64,
    },
    ChunkEnd,
    Trailers {
        count: usize,
    },
    /// Nothing more is passed on.
    Refused,
}

impl State {
    fn start() -> Self {
        Self::Head {
            head: Head::default(),
            line: 0,
            searched: 0,
        }
    }
}

/// What became of some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// So many from the beginning may be passed on. The rest is to be given again, with what comes after it.
    pub(crate) passed: usize,
    /// What is wrong right after them.
    pub(crate) refused: Option<Refused>,
}

/// Where a request went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    /// In its head, nothing of which was passed on; else in its body.
    pub(crate) in_head: bool,
}

impl Framer {
    pub(crate) fn new(limits: HeadLimits) -> Self {
        Self {
            limits,
            state: State::start(),
            heads: 0,
        }
    }

    /// How many heads there were: the number of the latest one.
    pub(crate) const fn heads(&self) -> u64 {
        self.heads
    }

    /// Whether a head is being read, or none has begun.
    pub(crate) const fn in_head(&self) -> bool {
        matches!(self.state, State::Head { .. })
    }

    /// Whether everything that was passed on makes whole requests.
    pub(crate) const fn is_between(&self) -> bool {
        matches!(
            self.state,
            State::Head {
                line: 0,
                searched: 0,
                ..
            }
        )
    }

    /// Whether nothing more is passed on.
    pub(crate) const fn is_refused(&self) -> bool {
        matches!(self.state, State::Refused)
    }

    /// Refuses whatever comes next.
    pub(crate) fn refuse(&mut self) {
        if self.in_head() {
            self.heads += 1;
        }
        self.state = State::Refused;
    }

    /// Reads on. `bytes` begin where the last call's `passed` ended.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Read {
        let mut passed = 0;
        loop {
            let rest = &bytes[passed..];
            match self.step(rest) {
                Ok(0) => return Read { passed, refused: None },
                Ok(more) => passed += more,
                Err(refusal) => {
                    let in_head = self.in_head();
                    self.refuse();
                    return Read {
                        passed,
                        refused: Some(Refused { refusal, in_head }),
                    };
                }
            }
        }
    }

    /// How many bytes of `rest` may be passed on; none if more are needed to tell.
    fn step(&mut self, rest: &[u8]) -> Result<usize, Refusal> {
        match &mut self.state {
            State::Head { head, line, searched } => {
                while let Some(end) = memchr::memchr(b'\n', &rest[*searched..]).map(|at| *searched + at + 1) {
                    if end > self.limits.bytes {
                        return Err(too_large(*line));
                    }
                    let text = head::line(&rest[*line..end])?;
                    if text.is_empty() && *line > 0 {
                        let framing = head.end()?;
                        self.heads += 1;
                        self.state = match framing {
                            Framing::Length(0) => State::start(),
                            Framing::Length(left) => State::Body { left },
                            Framing::Chunked => State::ChunkSize,
                        };
                        return Ok(end);
                    }
                    head.read(text, self.limits.fields, self.limits.target_bytes)?;
                    (*line, *searched) = (end, end);
                }
                *searched = rest.len();
                if rest.len() > self.limits.bytes {
                    return Err(too_large(*line));
                }
                Ok(0)
            }
            State::Body { left } => {
                let passed = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left -= passed as u64;
                if *left == 0 {
                    self.state = State::start();
                }
                Ok(passed)
            }
            State::ChunkSize => {
                let Some((text, end)) = chunk_line(rest)? else {
                    return Ok(0);
                };
                self.state = match head::chunk_size(text)? {
                    0 => State::Trailers { count: 0 },
                    left => State::Chunk { left },
                };
                Ok(end)
            }
            State::Chunk { left } => {
                let passed = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                *left -= passed as u64;
                if *left == 0 {
                    self.state = State::ChunkEnd;
                }
                Ok(passed)
            }
            State::ChunkEnd => match rest {
                [b'\r', b'\n', ..] => {
                    self.state = State::ChunkSize;
                    Ok(2)
                }
                [] | [b'\r'] => Ok(0),
                _ => Err(Refusal::Malformed(
                    "a chunk must have the size that was said, and end with CR LF",
                )),
            },
            State::Trailers { count } => {
                let Some((text, end)) = chunk_line(rest)? else {
                    return Ok(0);
                };
                if text.is_empty() {
                    self.state = State::start();
                } else if *count == TRAILERS_MAX {
                    return Err(Refusal::LargeHead);
                } else {
                    *count += 1;
                    head::trailer(text)?;
                }
                Ok(end)
            }
            State::Refused => Ok(0),
        }
    }
}

/// What is too large about a head whose line beginning there does not end in time: the first line is long only by its target.
const fn too_large(line: usize) -> Refusal {
    if line == 0 {
        Refusal::LongTarget
    } else {
        Refusal::LargeHead
    }
}

/// A line of a chunked body and where the next begins, if it is over.
fn chunk_line(rest: &[u8]) -> Result<Option<(&[u8], usize)>, Refusal> {
    match memchr::memchr(b'\n', &rest[..rest.len().min(CHUNK_LINE_BYTES_MAX)]) {
        Some(at) => Ok(Some((head::line(&rest[..=at])?, at + 1))),
        None if rest.len() >= CHUNK_LINE_BYTES_MAX => Err(Refusal::Malformed("a line of a chunked body is too long")),
        None => Ok(None),
    }
}
