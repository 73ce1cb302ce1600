//! One program of Milo as a process, which can be killed, stopped, told to end, and started again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long a process may take until it serves.
const START_TIME: Duration = Duration::from_secs(60);

/// How long a process may take to end when it is told to.
const END_TIME: Duration = Duration::from_secs(40);

/// Where Debian puts the library that lies about the time.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    program: PathBuf,
    variables: Vec<(String, String)>,
    /// Where it answers that it lives.
    health: String,
    log: PathBuf,
    child: Mutex<Option<Child>>,
    /// 0 while there is none.
    pid: AtomicU32,
}

/// Whether clocks can be skewed on this machine.
pub(crate) fn can_skew() -> bool {
    Path::new(FAKETIME).exists()
}

impl Process {
    pub(crate) fn new(
        name: &str,
        program: PathBuf,
        health: String,
        variables: Vec<(String, String)>,
        logs: &Path,
    ) -> Self {
        Self {
            name: name.to_owned(),
            program,
            variables,
            health,
            log: logs.join(format!("{name}.log")),
            child: Mutex::new(None),
            pid: AtomicU32::new(0),
        }
    }

    /// Starts it if it does not run; does not wait until it serves.
    pub(crate) async fn start(&self) -> anyhow::Result<()> {
        self.start_with(None).await
    }

    /// Starts it with a clock that is wrong by so many seconds.
    pub(crate) async fn start_skewed(&self, seconds: i64) -> anyhow::Result<()> {
        self.start_with(Some(seconds)).await
    }

    async fn start_with(&self, skew: Option<i64>) -> anyhow::Result<()> {
        let mut child = self.child.lock().await;
        if let Some(running) = child.as_mut()
            && running.try_wait()?.is_none()
        {
            return Ok(());
        }
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
            command.env_remove(name);
        }
        if let Some(seconds) = skew {
            command.envs([
                ("LD_PRELOAD", FAKETIME.to_owned()),
                ("FAKETIME", format!("{seconds:+}")),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ]);
        }
        let started = command
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        let started = started.with_context(|| format!("{}; build the whole workspace", self.program.display()))?;
        self.pid.store(started.id().unwrap_or(0), Ordering::Release);
        *child = Some(started);
        Ok(())
    }

    /// `kill -9`.
    pub(crate) async fn kill(&self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.lock().await.take() {
            self.pid.store(0, Ordering::Release);
            child.kill().await?;
        }
        Ok(())
    }

    /// SIGSTOP: it stands still and its connections stay.
    pub(crate) async fn freeze(&self) -> anyhow::Result<()> {
        self.signal("STOP").await
    }

    /// SIGCONT.
    pub(crate) async fn thaw(&self) -> anyhow::Result<()> {
        self.signal("CONT").await
    }

    /// SIGTERM, and waits until it has ended; one that does not is killed, and that is told.
    pub(crate) async fn terminate(&self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        let Some(mut child) = self.child.lock().await.take() else {
            return Ok(());
        };
        self.pid.store(0, Ordering::Release);
        let ended = tokio::time::timeout(END_TIME, child.wait()).await;
        if ended.is_err() {
            child.kill().await?;
            bail!("{} did not end within {END_TIME:?} of SIGTERM", self.name);
        }
        Ok(())
    }

    async fn signal(&self, signal: &str) -> anyhow::Result<()> {
        let pid = self.pid.load(Ordering::Acquire);
        if pid != 0 {
            // It may have ended by itself meanwhile.
            let _ = Command::new("kill")
                .args([&format!("-{signal}"), &pid.to_string()])
                .status()
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn is_well(&self, http: &reqwest::Client) -> bool {
        let answer = http.get(&self.health).timeout(Duration::from_secs(2)).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Waits until it serves; starts it again if it has ended.
    pub(crate) async fn serves(&self, http: &reqwest::Client) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !self.is_well(http).await {
            if begun.elapsed() > START_TIME {
                bail!("{} does not serve; its log ends:\n{}", self.name, self.last_words());
            }
            self.start().await?;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}
