//! Variables that look like settings and are none.

use std::collections::BTreeSet;

use milo_http::nearest;

use super::{Flaw, command};

const PREFIX: &str = "MILO_";

/// Variables of other parts of Milo: tests, the load balancer, the worker as a process of its own, images.
fn is_of_another_part(name: &str) -> bool {
    ["MILO_TEST_", "MILO_LB_", "MILO_WORKER_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || (name.starts_with(PREFIX) && name.ends_with("_IMAGE"))
}

/// Variables of stores that this version has no adapter for.
const STORES: [&str; 3] = ["MILO_POSTGRES_URL", "MILO_REDIS_URL", "MILO_AMQP_URL"];

/// Whoever sets the address of a store would lose everything if it were silently ignored.
pub(super) fn refuse_stores() -> Result<(), Flaw> {
    match STORES.into_iter().find(|name| std::env::var_os(name).is_some()) {
        Some(name) => Err(Flaw::new(format!(
            "{name}: must not be set: this version keeps everything in memory and would not use it"
        ))),
        None => Ok(()),
    }
}

/// One line for each variable that begins like a setting but is not known.
pub(crate) fn unknown_variables() -> Vec<String> {
    let command = command();
    let known = command.get_arguments().filter_map(|arg| arg.get_env());
    let known: BTreeSet<String> = known.map(|name| name.to_string_lossy().into_owned()).collect();
    let set = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let mut unknown: Vec<String> = set
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name) && !is_of_another_part(name))
        .collect();
    unknown.sort_unstable();
    let line = |name: String| match nearest(&name, known.iter().map(String::as_str)) {
        Some(known) => format!("{name} is not a setting; did you mean {known}?"),
        None => format!("{name} is not a setting"),
    };
    unknown.into_iter().map(line).collect()
}
