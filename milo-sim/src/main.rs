//! The simulation as a command.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks")]

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use milo_sim::{Bug, Totals, run, run_many};

/// Simulates Milo under faults, and judges every run.
///
/// Exit code: 0 if every promise was kept, 1 if one was broken, 2 for a wrong command line.
#[derive(Parser)]
#[command(name = "milo-sim", version)]
struct Cli {
    /// How many seeds to run
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Only this seed
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Tell every call of the seed, and what became of it
    #[arg(long, requires = "seed")]
    log: bool,
    /// Plant a mistake in the code: then a promise should be broken (`--bugs` lists them)
    #[arg(long, value_parser = bug, value_name = "NAME")]
    bug: Option<Bug>,
    /// List the mistakes that can be planted
    #[arg(long)]
    bugs: bool,
    /// Threads; as many as there are processors if not given
    #[arg(long)]
    threads: Option<usize>,
    /// For programs
    #[arg(long)]
    json: bool,
}

fn bug(name: &str) -> Result<Bug, String> {
    let found = Bug::ALL.into_iter().find(|bug| bug.name() == name);
    found.ok_or_else(|| format!("there is no mistake `{name}`; --bugs lists them"))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.bugs {
        for bug in Bug::ALL {
            println!("{:36} {}", bug.name(), bug.what());
        }
        return ExitCode::SUCCESS;
    }
    if let Some(seed) = cli.seed {
        return one(seed, &cli);
    }
    let threads = cli
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let started = Instant::now();
    let is_watched = std::io::stderr().is_terminal();
    let progress = |done: u64, failed: usize| {
        if done.is_multiple_of(100) && (is_watched || done.is_multiple_of(10_000)) {
            let end = if is_watched { '\r' } else { '\n' };
            eprint!(
                "{done} of {} seeds, {failed} failed, {:.0} s{end}",
                cli.seeds,
                started.elapsed().as_secs_f64()
            );
            let _ = std::io::stderr().flush();
        }
    };
    let totals = run_many(cli.first, cli.seeds, threads, cli.bug, progress);
    tell(&totals, started, cli.json, cli.bug);
    if totals.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn one(seed: u64, cli: &Cli) -> ExitCode {
    let outcome = run(seed, cli.bug, cli.log);
    for line in &outcome.log {
        println!("{line}");
    }
    for violation in &outcome.violations {
        println!("{violation}");
    }
    eprintln!(
        "seed {seed}: {} steps, {:.0} s of its own time, trace {:016x}, {} promises broken",
        outcome.steps,
        outcome.simulated.as_secs_f64(),
        outcome.trace,
        outcome.violations.len()
    );
    if outcome.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(totals: &Totals, started: Instant, json: bool, bug: Option<Bug>) {
    if json {
        let told = serde_json::json!({
            "seeds": totals.seeds,
            "failures": totals.failures,
            "steps": totals.steps,
            "simulated_seconds": totals.simulated.as_secs(),
            "seconds": started.elapsed().as_secs_f64(),
            "counts": totals.counts,
        });
        return println!("{told:#}");
    }
    for (what, count) in &totals.counts {
        println!("{count:>12} {what}");
    }
    println!(
        "{} seeds, {} steps, {:.1} days of simulated time in {:.0} s; {} failed",
        totals.seeds,
        totals.steps,
        totals.simulated.as_secs_f64() / 86_400.0,
        started.elapsed().as_secs_f64(),
        totals.failures.len()
    );
    for (seed, violations) in &totals.failures {
        let planted = bug.map(|bug| format!(" --bug {}", bug.name())).unwrap_or_default();
        println!("\nseed {seed} (again: cargo run -p milo-sim -- --seed {seed} --log{planted})");
        for violation in violations.iter().take(5) {
            println!("  {violation}");
        }
    }
}
