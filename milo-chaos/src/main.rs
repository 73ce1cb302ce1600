//! `milo-chaos`: breaks a deployment on purpose, and says whether it kept its promises.

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use milo_chaos::{Options, run};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let report = match run(&options).await {
        Ok(report) => report,
        Err(error) => {
            let _ = writeln!(stderr(), "milo-chaos: {error:#}");
            return ExitCode::from(2);
        }
    };
    let printed = if options.json {
        serde_json::to_string_pretty(&report).map(|text| writeln!(stdout(), "{text}"))
    } else {
        Ok(write!(stdout(), "{report}"))
    };
    if !matches!(printed, Ok(Ok(()))) {
        return ExitCode::from(2);
    }
    if !report.is_yes() {
        return ExitCode::from(1);
    }
    if options.artefacts.is_none() {
        let _ = std::fs::remove_dir_all(&report.folder);
    }
    ExitCode::SUCCESS
}
