//! One process, which can be killed and started again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

/// How long a process may take until it serves.
const START_TIME: Duration = Duration::from_secs(60);

/// How many lines of a process's log are shown when its test fails.
const LOG_LINES: usize = 60;

#[derive(Debug)]
pub(super) struct Process {
    program: PathBuf,
    variables: Vec<(String, String)>,
    /// Where it answers that it lives.
    health: String,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts a program of this workspace with these settings and no others.
    pub(super) async fn start(program: &str, health: String, variables: Vec<(String, String)>) -> Self {
        let program = path(program);
        let log = std::env::temp_dir().join(milo_testkit::unique("milo_log"));
        let child = spawn(&program, &variables, &log);
        let mut process = Self {
            program,
            variables,
            health,
            log,
            child,
        };
        process.serves().await;
        process
    }

    /// `kill -9`.
    pub(super) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again after it ended.
    pub(super) async fn restart(&mut self) {
        self.child = spawn(&self.program, &self.variables, &self.log);
        self.serves().await;
    }

    /// SIGTERM, and how it ended.
    pub(super) async fn terminate(&mut self) -> ExitStatus {
        let pid = self.child.id().expect("it runs").to_string();
        let told = Command::new("sh")
            .args(["-c", &format!("kill -TERM {pid}")])
            .status()
            .await;
        assert!(told.unwrap().success());
        self.child.wait().await.unwrap()
    }

    async fn serves(&mut self) {
        let begun = tokio::time::Instant::now();
        loop {
            if let Ok(answer) = reqwest::get(&self.health).await
                && answer.status().is_success()
            {
                return;
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "{} ended with {ended:?}:\n{}",
                self.program.display(),
                self.said()
            );
            assert!(
                begun.elapsed() < START_TIME,
                "{} does not serve:\n{}",
                self.program.display(),
                self.said()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Everything that it has said.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of what it has said.
    fn said(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "whoever reads of the failure wants to know why")]
            {
                eprintln!("--- {} said at last:\n{}", self.health, self.said());
            }
        }
        let _ = std::fs::remove_file(&self.log);
    }
}

/// A program of this workspace: all of them are built beside each other.
pub(super) fn path(program: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_milo-http")).with_file_name(program)
}

fn spawn(program: &Path, variables: &[(String, String)], log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
        command.env_remove(name);
    }
    command
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; build the whole workspace", program.display()))
}
