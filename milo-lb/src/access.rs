//! The access log: a line of JSON for each request, written by a thread of its own.

use std::io::Write;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::config::AccessLog;

/// Lines that may wait to be written. More are dropped, and counted: a disk that stands still is no reason to stop serving.
const LINES_MAX: usize = 65_536;

/// Where the lines go.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccessSink(Option<(NonBlocking, ErrorCounter)>);

/// One line. The query is not in it: it may hold what is nobody else's business.
#[derive(Debug, Serialize)]
pub(crate) struct AccessLine<'a> {
    pub(crate) time: String,
    pub(crate) client: IpAddr,
    /// None if the request could not be read.
    pub(crate) method: Option<&'a str>,
    pub(crate) path: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) duration_ms: f64,
    /// Whether the client got all of it.
    pub(crate) complete: bool,
    pub(crate) node: Option<String>,
    /// Nodes that were tried.
    pub(crate) attempts: usize,
    pub(crate) request_id: &'a str,
}

impl AccessSink {
    /// Opens the log. What is still to be written when the guard is dropped is written then.
    ///
    /// # Errors
    /// The file cannot be opened for writing.
    pub(crate) fn open(log: &AccessLog) -> std::io::Result<(Self, Option<WorkerGuard>)> {
        let builder = NonBlockingBuilder::default()
            .buffered_lines_limit(LINES_MAX)
            .lossy(true)
            .thread_name("access-log");
        let (writer, guard) = match log {
            AccessLog::Off => return Ok((Self(None), None)),
            AccessLog::Stdout => builder.finish(std::io::stdout()),
            AccessLog::File(path) => builder.finish(std::fs::File::options().create(true).append(true).open(path)?),
        };
        let dropped = writer.error_counter();
        Ok((Self(Some((writer, dropped))), Some(guard)))
    }

    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn write(&self, line: &AccessLine<'_>) {
        let Some((writer, _)) = &self.0 else { return };
        let Ok(mut text) = serde_json::to_vec(line) else { return };
        text.push(b'\n');
        // Never waits; what finds no room is counted.
        let _ = writer.clone().write_all(&text);
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.0.as_ref().map_or(0, |(_, dropped)| dropped.dropped_lines() as u64)
    }
}

/// Now, as the log writes it.
pub(crate) fn now() -> String {
    humantime::format_rfc3339_millis(SystemTime::now()).to_string()
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
