//! The HTTP server as a process.

mod commands;
mod settings;

use std::process::ExitCode;

use milo_process::settings::{print_listing, read};
use settings::{AdminCommand, Arguments, Command};

/// What the process calls itself.
const PROGRAM: &str = "milo-http";

fn main() -> ExitCode {
    let line = match read::<Arguments>() {
        Ok(line) => line,
        Err(flaw) => return flaw.report(PROGRAM),
    };
    let settings = &line.program.settings;
    let done = match line.program.command.as_ref().unwrap_or(&Command::Serve) {
        Command::Serve => commands::serve(settings, &line.unknown_variables()),
        Command::Migrate { json } => commands::migrate(settings, *json),
        Command::Health => milo_process::ask_health(settings.http.bind, "/health/ready").map(|_| ()),
        Command::Openapi => commands::print_openapi(),
        Command::Config { json } => print_listing(&line.settings(), *json).map_err(Into::into),
        Command::Admin {
            command:
                AdminCommand::Create {
                    email,
                    name,
                    password_stdin,
                },
        } => commands::create_admin(settings, email, name, *password_stdin),
    };
    milo_process::exit(PROGRAM, done)
}
