//! Reading the arguments, the environment and the files of secrets.

use std::ffi::OsString;

use clap::{ArgMatches, Command};

use super::secret_files::{self, SecretFile};
use super::{Flaw, UnknownVariable, unknown};

/// The settings of one program.
pub trait Program: clap::Parser {
    /// What no single setting can be blamed for.
    ///
    /// # Errors
    /// The first flaw.
    fn check(&self) -> Result<(), Flaw>;
}

/// A command line that was read and checked.
#[derive(Debug)]
pub struct CommandLine<P> {
    /// What it says.
    pub program: P,
    pub(super) command: Command,
    pub(super) matches: ArgMatches,
    pub(super) files: Vec<SecretFile>,
}

/// Reads this process's arguments and environment.
///
/// # Errors
/// The first flaw, in one line.
pub fn read<P: Program>() -> Result<CommandLine<P>, Flaw> {
    // Settings may stand before or after the subcommand.
    let mut command = P::command().mut_args(|arg| if is_setting(&arg) { arg.global(true) } else { arg });
    let files = secret_files::read(&command)?;
    let mut arguments = std::env::args_os();
    let program: OsString = arguments.next().unwrap_or_default();
    let from_files = files.iter().map(SecretFile::as_argument);
    let line = std::iter::once(program).chain(from_files).chain(arguments);
    let matches = command
        .try_get_matches_from_mut(line)
        .map_err(|error| Flaw::of(error, &command))?;
    let program = P::from_arg_matches(&matches).map_err(|error| Flaw::of(error, &command))?;
    program.check()?;
    Ok(CommandLine {
        program,
        command,
        matches,
        files,
    })
}

impl<P> CommandLine<P> {
    /// Variables that begin like a setting but are none.
    pub fn unknown_variables(&self) -> Vec<UnknownVariable> {
        unknown::variables(&self.command)
    }
}

/// Whether it is a setting, and not a switch of one command.
pub(super) fn is_setting(arg: &clap::Arg) -> bool {
    arg.get_env().is_some()
}

/// Whether its value must never be shown.
pub(super) fn is_secret(arg: &clap::Arg) -> bool {
    arg.is_hide_env_values_set()
}
