//! The binary of the load balancer.

mod commands;

use std::process::ExitCode;

use clap::Parser;

use self::commands::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
