//! Variables that look like settings and are none.

use std::collections::BTreeSet;
use std::fmt;

use clap::Command;

use super::secret_files;
use crate::nearest;

const PREFIX: &str = "MILO_";

/// A variable that begins like a setting but is none of this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    /// Its name.
    pub name: String,
    /// The setting that was meant, if one is called almost the same.
    pub meant: Option<String>,
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a setting", self.name)?;
        match &self.meant {
            Some(known) => write!(f, "; did you mean {known}?"),
            None => Ok(()),
        }
    }
}

/// Variables of tests, the load balancer and images.
fn is_of_another_part(name: &str) -> bool {
    ["MILO_TEST_", "MILO_LB_"].iter().any(|prefix| name.starts_with(prefix)) || name.ends_with("_IMAGE")
}

/// Every variable that begins like a setting but is not known to `command`.
pub(super) fn variables(command: &Command) -> Vec<UnknownVariable> {
    let plain = command.get_arguments().filter_map(|arg| arg.get_env());
    let plain = plain.map(|name| name.to_string_lossy().into_owned());
    let of_files = command.get_arguments().filter_map(secret_files::variable_of);
    let known: BTreeSet<String> = plain.chain(of_files).collect();
    let set = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let mut unknown: Vec<String> = set
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name) && !is_of_another_part(name))
        .collect();
    unknown.sort_unstable();
    // What all of them begin with makes no two of them alike.
    let ends = || known.iter().filter_map(|name| name.strip_prefix(PREFIX));
    let look = |name: String| UnknownVariable {
        meant: nearest(name.trim_start_matches(PREFIX), ends()).map(|end| format!("{PREFIX}{end}")),
        name,
    };
    unknown.into_iter().map(look).collect()
}
