//! Every setting, for people and for machines.

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Serialize;

use super::{command, is_setting};

/// One setting.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    pub(crate) flag: String,
    pub(crate) variable: String,
    pub(crate) default: Option<String>,
    pub(crate) meaning: String,
    /// Its present value; secrets are withheld.
    pub(crate) value: Option<String>,
    /// `default`, `variable` or `flag`; none if it has no value.
    pub(crate) source: Option<&'static str>,
}

/// Every setting, in the order of the help.
pub(crate) fn listing(matches: &ArgMatches) -> Vec<Listed> {
    let command = command();
    let settings = command.get_arguments().filter(|arg| is_setting(arg));
    let list = |arg: &clap::Arg| {
        let id = arg.get_id().as_str();
        let lossy = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        let source = matches.value_source(id);
        let value = matches.get_raw(id).and_then(|mut values| values.next()).map(lossy);
        Listed {
            flag: format!("--{}", arg.get_long().unwrap_or(id)),
            variable: arg.get_env().map(lossy).unwrap_or_default(),
            default: arg.get_default_values().first().map(|value| lossy(value)),
            meaning: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            value: value.map(|value| {
                if arg.is_hide_env_values_set() {
                    "(withheld)".to_owned()
                } else {
                    value
                }
            }),
            source: source.and_then(|source| match source {
                ValueSource::DefaultValue => Some("default"),
                ValueSource::EnvVariable => Some("variable"),
                ValueSource::CommandLine => Some("flag"),
                _ => None,
            }),
        }
    };
    settings.map(list).collect()
}
