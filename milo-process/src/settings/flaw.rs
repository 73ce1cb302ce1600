//! A wrong setting, in one line.

use std::fmt;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::print::{complain, print};

/// What is wrong with the settings, or text that was asked for. Never repeats a value: it may be a secret.
#[derive(Debug)]
pub enum Flaw {
    /// One line that names the setting, what is wrong, and what is right.
    Wrong(String),
    /// The help or the version: no flaw at all.
    Asked(String),
}

impl Flaw {
    /// The exit code of a wrong command line or setting.
    pub const EXIT_CODE: u8 = 2;

    /// A wrong setting.
    pub fn new(line: impl Into<String>) -> Self {
        Self::Wrong(line.into())
    }

    /// Says it in the name of `program`, and how the process ends.
    pub fn report(&self, program: &str) -> ExitCode {
        match self {
            Self::Asked(text) => {
                print(text);
                ExitCode::SUCCESS
            }
            Self::Wrong(_) => {
                complain(&format!("{program}: {self}\n"));
                ExitCode::from(Self::EXIT_CODE)
            }
        }
    }

    /// What clap found wrong.
    pub(super) fn of(error: clap::Error, command: &clap::Command) -> Self {
        let context = |kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.clone()),
            Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
            _ => None,
        };
        let name = context(ContextKind::InvalidArg)
            .map(|arg| setting_name(&arg, command))
            .unwrap_or_default();
        let suggested = context(ContextKind::SuggestedArg).or(context(ContextKind::SuggestedSubcommand));
        let hint = suggested.map_or_else(|| "see --help".to_owned(), |known| format!("did you mean {known}?"));
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Asked(error.to_string()),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Self::new("a command must come with what to do; see its --help")
            }
            ErrorKind::ValueValidation => {
                let why = std::error::Error::source(&error).map(ToString::to_string);
                Self::new(format!(
                    "{name}: {}",
                    why.unwrap_or_else(|| "has a wrong value; see --help".to_owned())
                ))
            }
            ErrorKind::InvalidValue if context(ContextKind::InvalidValue).is_none_or(|value| value.is_empty()) => {
                Self::new(format!("{name}: must have a value; see --help"))
            }
            ErrorKind::InvalidValue => Self::new(format!("{name}: has a wrong value; see --help")),
            ErrorKind::InvalidUtf8 => Self::new("a setting is not UTF-8"),
            ErrorKind::MissingRequiredArgument => Self::new(format!("{name}: must be given")),
            ErrorKind::ArgumentConflict => Self::new(format!("{name}: must be given once only")),
            ErrorKind::UnknownArgument => Self::new(format!("{name}: is not known; {hint}")),
            ErrorKind::InvalidSubcommand => {
                let what = context(ContextKind::InvalidSubcommand).unwrap_or_default();
                Self::new(format!("{what}: is not a command; {hint}"))
            }
            _ => Self::new(format!("{name}: {}; see --help", error.kind())),
        }
    }
}

/// `--hold-ttl (MILO_HOLD_TTL)` for what clap calls `--hold-ttl <TIME>`.
fn setting_name(shown: &str, command: &clap::Command) -> String {
    let flag = shown.split(' ').next().unwrap_or(shown);
    let long = flag.trim_start_matches('-').split('=').next().unwrap_or_default();
    let arg = command.get_arguments().find(|arg| arg.get_long() == Some(long));
    match arg.and_then(clap::Arg::get_env) {
        Some(variable) => format!("--{long} ({})", variable.to_string_lossy()),
        None => flag.to_owned(),
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Whatever was quoted, it is one line.
            Self::Wrong(line) => f.write_str(&line.replace(['\n', '\r'], " ")),
            Self::Asked(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Flaw {}
