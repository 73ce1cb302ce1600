//! The HTTP server as a process.

mod commands;
mod settings;

use std::process::ExitCode;

use settings::{AdminCommand, Command, Flaw};

/// The exit code of a wrong command line or setting.
const WRONG: u8 = 2;

fn main() -> ExitCode {
    let (arguments, matches) = match settings::read() {
        Ok(read) => read,
        Err(flaw) => return refuse(&flaw),
    };
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve(&arguments.settings),
        Command::Openapi => commands::print_openapi(),
        Command::Config { json } => commands::print_config(&matches, json),
        Command::Admin {
            command: AdminCommand::Create { email },
        } => commands::create_admin(&email),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast::<Flaw>() {
            Ok(flaw) => refuse(&flaw),
            Err(error) => {
                commands::complain(&format!("milo-http: {error:#}\n"));
                ExitCode::FAILURE
            }
        },
    }
}

fn refuse(flaw: &Flaw) -> ExitCode {
    match flaw {
        Flaw::Asked(text) => {
            commands::print(text);
            ExitCode::SUCCESS
        }
        Flaw::Wrong(_) => {
            commands::complain(&format!("{flaw}\n"));
            ExitCode::from(WRONG)
        }
    }
}
