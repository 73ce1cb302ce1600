//! Containers end with the test process, however it ends.

use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Removes a container when this process is gone: a shell waits for the end of its input, which only we can end.
#[derive(Debug)]
pub(crate) struct Reaper {
    shell: Child,
    open: Option<ChildStdin>,
}

impl Reaper {
    /// # Panics
    /// If there is no shell.
    pub(crate) fn of(container: &str) -> Self {
        let mut shell = Command::new("sh")
            .args([
                "-c",
                r#"cat >/dev/null; docker rm --force --volumes "$0" >/dev/null 2>&1"#,
                container,
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt from the keyboard must not end it before its work is done.
            .process_group(0)
            .spawn()
            .expect("a shell that removes the container afterwards");
        Self {
            open: shell.stdin.take(),
            shell,
        }
    }

    /// Removes the container now.
    pub(crate) fn reap(&mut self) {
        self.open = None;
        let _ = self.shell.wait();
    }
}
