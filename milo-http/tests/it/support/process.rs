//! Whole processes, as operators start them.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long a process may take to start; the first one of a test migrates a database.
const START: Duration = Duration::from_secs(60);

/// Variables of the environment.
pub(crate) type Variables = Vec<(&'static str, String)>;

/// A program of Milo's, without the settings of whoever runs the tests.
pub(crate) fn program(path: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// The HTTP server.
pub(crate) fn milo_http() -> PathBuf {
    env!("CARGO_BIN_EXE_milo-http").into()
}

/// The worker, which is built beside the server.
pub(crate) fn milo_worker() -> PathBuf {
    let path = milo_http().with_file_name("milo-worker");
    assert!(path.exists(), "{path:?} is not there: build the whole workspace");
    path
}

/// A process that runs.
pub(crate) struct Process {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts a program, and waits until it says that it runs.
    pub(crate) async fn start(path: PathBuf, variables: &Variables) -> Self {
        let mut command = program(path);
        let any_port = [
            ("MILO_BIND", "127.0.0.1:0"),
            ("MILO_WORKER_LISTEN", "127.0.0.1:0"),
            ("MILO_STOP_NOTICE", "0s"),
        ];
        command.envs(any_port).env("MILO_LOG_FORMAT", "json");
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log: Arc<Mutex<String>> = Arc::default();
        let running = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                log.lock().unwrap().push_str(&format!("{line}\n"));
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                if line["message"]
                    .as_str()
                    .is_some_and(|text| text.ends_with("running") || text.contains("is running,"))
                {
                    return line["address"].as_str().map(ToOwned::to_owned);
                }
            }
            None
        };
        let address = tokio::time::timeout(START, running).await.ok().flatten();
        let address = address.unwrap_or_else(|| panic!("it does not start:\n{}", log.lock().unwrap()));
        tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    log.lock().unwrap().push_str(&format!("{line}\n"));
                }
            }
        });
        Self {
            child,
            url: format!("http://{address}"),
            log,
        }
    }

    /// Everything that it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Ends it at once, in the middle of whatever it does.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Tells it to stop, and gives its exit code and what it printed.
    pub(crate) async fn stop(mut self) -> (Option<i32>, String) {
        let pid = self.child.id().unwrap().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(killed.success());
        let mut printed = String::new();
        let mut output = self.child.stdout.take().unwrap();
        output.read_to_string(&mut printed).await.unwrap();
        let status = self.child.wait().await.unwrap();
        (status.code(), printed)
    }
}
