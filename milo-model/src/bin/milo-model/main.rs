//! Checks Milo's booking protocol, state by state.

mod arguments;
mod report;

use std::process::ExitCode;

use clap::Parser;
use milo_model::Run;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let size = arguments.size();
    if let Some(flaw) = size.flaw() {
        report::error(&flaw);
        return ExitCode::from(2);
    }
    let run = Run {
        size,
        flaw: arguments.flaw,
        states_max: arguments.states,
        until: None,
        threads: arguments.threads,
    };
    let outcome = run.run(report::progress);
    if arguments.json {
        report::json(&outcome);
    } else {
        report::text(&outcome);
    }
    if outcome.broken.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
