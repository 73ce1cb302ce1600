//! The worker as a process of its own, beside any number of HTTP servers and other workers.

mod arguments;
mod page;
mod work;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use milo_process::settings::{print_listing, read};

/// What the process calls itself.
const PROGRAM: &str = "milo-worker";

fn main() -> ExitCode {
    let line = match read::<Arguments>() {
        Ok(line) => line,
        Err(flaw) => return flaw.report(PROGRAM),
    };
    let done = match line.program.command {
        None | Some(Command::Run) => work::work(&line.program.settings, &line.unknown_variables()),
        Some(Command::Health) => milo_process::ask_health(line.program.settings.process.listen, "/health").map(|_| ()),
        Some(Command::Config { json }) => print_listing(&line.settings(), json).map_err(Into::into),
    };
    milo_process::exit(PROGRAM, done)
}
