//! `milo-http config`.

use std::fmt::Write;

use clap::ArgMatches;

use super::print;
use crate::settings::{Listed, listing};

/// Prints every setting.
pub(crate) fn print_config(matches: &ArgMatches, json: bool) -> anyhow::Result<()> {
    // Settings are global: the subcommand's matches have them all.
    let matches = matches.subcommand().map_or(matches, |(_, matches)| matches);
    let settings = listing(matches);
    if json {
        print(&format!("{}\n", serde_json::to_string_pretty(&settings)?));
        return Ok(());
    }
    let mut text = String::new();
    for Listed {
        flag,
        variable,
        default,
        meaning,
        value,
        source,
    } in settings
    {
        writeln!(text, "{flag}  {variable}")?;
        writeln!(text, "    {}", meaning.replace('\n', " "))?;
        let default = default.as_deref().unwrap_or("(none)");
        let (value, source) = (value.as_deref().unwrap_or("(none)"), source.unwrap_or("not set"));
        writeln!(text, "    default {default}; now {value} ({source})")?;
    }
    print(&text);
    Ok(())
}
