//! Two thousand buyers, two hundred seats. Fails if a seat was sold twice or a cent is missing.
//!
//! `cargo run -p milo-examples --example rush -- --buyers 2000 --seats 200 [--json]`

use std::process::ExitCode;

use clap::Parser;
use milo_examples::rush::Rush;

/// Sells one hall to far too many buyers at once, and counts what became of seats and money.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    rush: Rush,
    /// Prints the report for programs
    #[arg(long)]
    json: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "the report is what it is for")]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let report = arguments.rush.run().await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.is_sound() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
