//! The history, written while it happens.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use milo_check::events::{Fault, Line, Meta};

use crate::deployment::HOLD_TTL;

/// Writes events as they come, by one monotonic clock.
#[derive(Debug)]
pub(crate) struct Recorder {
    begun: Instant,
    file: Mutex<BufWriter<File>>,
}

impl Recorder {
    pub(crate) fn new(path: &Path) -> anyhow::Result<Self> {
        let recorder = Self {
            begun: Instant::now(),
            file: Mutex::new(BufWriter::new(File::create(path)?)),
        };
        recorder.write(&Line::Meta(Meta {
            hold_lease_us: u64::try_from(HOLD_TTL.as_micros())?,
            others_too: false,
        }));
        Ok(recorder)
    }

    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// # Panics
    /// If the history cannot be written: a run without it is worth nothing.
    pub(crate) fn write(&self, line: &Line<'_>) {
        let mut text = serde_json::to_vec(line).expect("an event can be written as JSON");
        text.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text).expect("the history can be written");
    }

    pub(crate) fn fault(&self, fault: &str, from_us: u64) {
        self.write(&Line::Fault(Fault {
            fault: fault.into(),
            from_us,
            to_us: self.now_us(),
        }));
    }

    pub(crate) fn flush(&self) -> anyhow::Result<()> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).flush()?;
        Ok(())
    }
}
