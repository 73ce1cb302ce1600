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

/// The settings that only one program has: one environment often sets up all of them.
const OF_ONE_PROGRAM: [&str; 18] = [
    "MILO_ARGON2_LANES",
    "MILO_ARGON2_MEMORY_KIB",
    "MILO_ARGON2_PASSES",
    "MILO_BIND",
    "MILO_BODY_LIMIT",
    "MILO_BOOTSTRAP_ADMIN_EMAIL",
    "MILO_BOOTSTRAP_ADMIN_PASSWORD",
    "MILO_CONNECTIONS_MAX",
    "MILO_DEMO",
    "MILO_HEADER_TIMEOUT",
    "MILO_IDLE_TIMEOUT",
    "MILO_REQUEST_TIMEOUT",
    "MILO_SIGNING_KEYS",
    "MILO_STOP_NOTICE",
    "MILO_TOKEN_AUDIENCE",
    "MILO_TOKEN_ISSUER",
    "MILO_WORKER",
    "MILO_WORKER_LISTEN",
];

/// Variables of tests, the load balancer, images and other programs.
fn is_of_another_part(name: &str) -> bool {
    let plain = name.strip_suffix(secret_files::SUFFIX).unwrap_or(name);
    ["MILO_TEST_", "MILO_LB_"].iter().any(|prefix| name.starts_with(prefix))
        || name.ends_with("_IMAGE")
        || OF_ONE_PROGRAM.contains(&plain)
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
