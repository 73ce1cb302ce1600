//! Every setting, for people and for machines.

use std::fmt::Write;

use clap::parser::ValueSource;
use serde::Serialize;

use super::command_line::{CommandLine, is_secret, is_setting};
use super::secret_files;
use crate::print::print;

/// One setting.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The flag.
    pub flag: String,
    /// The variable of the environment.
    pub variable: String,
    /// The variable that may name a file with the value; for secrets.
    pub file_variable: Option<String>,
    /// What it is without either.
    pub default: Option<String>,
    /// What it says.
    pub meaning: String,
    /// Its present value; secrets are withheld.
    pub value: Option<String>,
    /// `default`, `variable`, `file` or `flag`; none if it has no value.
    pub source: Option<&'static str>,
}

impl<P> CommandLine<P> {
    /// Every setting, in the order of the help.
    pub fn settings(&self) -> Vec<Listed> {
        // Settings are global: the subcommand's matches have them all.
        let matches = self.matches.subcommand().map_or(&self.matches, |(_, matches)| matches);
        let list = |arg: &clap::Arg| {
            let id = arg.get_id().as_str();
            let lossy = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
            let is_from_file = self.files.iter().any(|file| file.id == id);
            let source = matches.value_source(id);
            let value = matches.get_raw(id).and_then(|mut values| values.next()).map(lossy);
            Listed {
                flag: format!("--{}", arg.get_long().unwrap_or(id)),
                variable: arg.get_env().map(lossy).unwrap_or_default(),
                file_variable: secret_files::variable_of(arg),
                default: arg.get_default_values().first().map(|value| lossy(value)),
                meaning: arg.get_help().map(ToString::to_string).unwrap_or_default(),
                value: value.map(|value| if is_secret(arg) { "(withheld)".to_owned() } else { value }),
                source: source.and_then(|source| match source {
                    ValueSource::DefaultValue => Some("default"),
                    ValueSource::EnvVariable => Some("variable"),
                    ValueSource::CommandLine if is_from_file => Some("file"),
                    ValueSource::CommandLine => Some("flag"),
                    _ => None,
                }),
            }
        };
        let settings = self.command.get_arguments().filter(|arg| is_setting(arg));
        settings.map(list).collect()
    }
}

/// Prints settings: as JSON, or as text for people.
///
/// # Errors
/// None is known: there are only texts in them.
pub fn print_listing(settings: &[Listed], json: bool) -> serde_json::Result<()> {
    if json {
        print(&format!("{}\n", serde_json::to_string_pretty(settings)?));
        return Ok(());
    }
    let mut text = String::new();
    for setting in settings {
        let Listed {
            flag,
            variable,
            file_variable,
            default,
            meaning,
            value,
            source,
        } = setting;
        let file = file_variable.as_ref().map(|name| format!(" or {name}"));
        let default = default.as_deref().unwrap_or("(none)");
        let (value, source) = (value.as_deref().unwrap_or("(none)"), source.unwrap_or("not set"));
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{flag}  {variable}{}\n    {}\n    default {default}; now {value} ({source})",
            file.unwrap_or_default(),
            meaning.replace('\n', " "),
        );
    }
    print(&text);
    Ok(())
}
