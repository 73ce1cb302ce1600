//! The binary of the load balancer.

mod commands;

use std::process::ExitCode;

use clap::Parser;

use self::commands::Cli;

/// Each request makes and drops some dozens of small things on its thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
