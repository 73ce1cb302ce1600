//! `milo-check`: judges the records of a run.

use std::fs::{File, read_to_string};
use std::io::{BufReader, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use milo_check::{DUMP_SQL, LEDGER_SQL, Records, Report};

/// Judges what a run of Milo left behind: were all promises kept?
///
/// Exit code 0: yes. 1: no, with the smallest counterexample of every broken promise. 2: it cannot be told (records that
/// cannot be read, or a history too entangled to search).
#[derive(Debug, Parser)]
#[command(version, disable_version_flag = false)]
struct Arguments {
    /// What clients did and were told: JSON Lines; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// The database's tables, as JSON.
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// The payment gateway's own books, as JSON; needs --dump.
    #[arg(long, value_name = "FILE", requires = "dump")]
    ledger: Option<PathBuf>,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
    /// Print the statements that make --dump ($1: whether the system is at rest) and --ledger of a Milo database, and end.
    #[arg(long)]
    print_sql: bool,
}

fn main() -> ExitCode {
    match judge(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "milo-check: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn judge(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if arguments.print_sql {
        write!(stdout(), "{DUMP_SQL};\n\n{LEDGER_SQL};\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut records = Records::default();
    if let Some(path) = &arguments.history {
        records = if path == Path::new("-") {
            records.with_history(stdin().lock())?
        } else {
            let file = File::open(path).with_context(|| path.display().to_string())?;
            records.with_history(BufReader::with_capacity(1 << 20, file))?
        };
    }
    if let Some(path) = &arguments.dump {
        records = records.with_dump(&read_to_string(path).with_context(|| path.display().to_string())?)?;
    }
    if let Some(path) = &arguments.ledger {
        records = records.with_ledger(&read_to_string(path).with_context(|| path.display().to_string())?)?;
    }
    if arguments.history.is_none() && arguments.dump.is_none() {
        bail!("nothing to judge: give --history, --dump, or both");
    }
    let report = records.check();
    if arguments.json {
        serde_json::to_writer_pretty(stdout().lock(), &report)?;
        writeln!(stdout())?;
    } else {
        write!(stdout(), "{report}")?;
    }
    Ok(code(&report))
}

fn code(report: &Report) -> ExitCode {
    match (report.is_yes(), report.is_no()) {
        (true, _) => ExitCode::SUCCESS,
        (_, true) => ExitCode::from(1),
        _ => ExitCode::from(2),
    }
}
