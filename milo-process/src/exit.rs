//! How a process ends.

use std::process::ExitCode;

use crate::assemble::StartError;
use crate::print::complain;
use crate::settings::Flaw;

/// Says why `program` failed, if it did, and gives its exit code: 0 when it did what it should, 2 when a setting is wrong,
/// else 1.
pub fn exit(program: &str, done: anyhow::Result<()>) -> ExitCode {
    let Err(error) = done else {
        return ExitCode::SUCCESS;
    };
    let flaw = error.downcast_ref::<Flaw>().or_else(|| match error.downcast_ref() {
        Some(StartError::Setting(flaw)) => Some(flaw),
        _ => None,
    });
    if let Some(flaw) = flaw {
        return flaw.report(program);
    }
    complain(&format!("{program}: {error:#}\n"));
    ExitCode::FAILURE
}
