//! Configuration: what an operator writes.

use std::time::Duration;

use milo_lb::config::Config;
use milo_process::settings::parse;

use crate::split::lines;

/// A file of the load balancer, or its variables: `NAME=value` a line.
pub(crate) fn lb_config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(flaw) = Config::of_text(text) {
        assert!(!flaw.to_string().contains('\n'), "a flaw is one line: {flaw}");
    }
    let variables = text.lines().filter_map(|line| line.split_once('='));
    let variables = variables.map(|(name, value)| (format!("MILO_LB_{name}"), value.to_owned()));
    if let Err(flaw) = Config::load(None, variables) {
        assert!(!flaw.to_string().contains('\n'), "a flaw is one line: {flaw}");
    }
}

/// One value a line, read as everything that a setting can be.
pub(crate) fn settings(input: &[u8]) {
    for line in lines(input, 4) {
        let Ok(text) = std::str::from_utf8(line) else { continue };
        let flaws = [
            parse::time(text).map(|time| assert!(time > Duration::ZERO)).err(),
            parse::time_or_none(text).map(drop).err(),
            parse::whole_seconds(text)
                .map(|time| assert_eq!(time.subsec_nanos(), 0))
                .err(),
            parse::rate(text)
                .map(|rate| assert!(rate.window > Duration::ZERO))
                .err(),
            parse::size(text).map(drop).err(),
            parse::count::<1, 200>(text)
                .map(|count| assert!((1..=200).contains(&count)))
                .err(),
            parse::positive::<10>(text)
                .map(|count| assert!(count.get() <= 10))
                .err(),
            parse::small::<9>(text).map(|count| assert!(count <= 9)).err(),
            parse::switch(text).map(drop).err(),
        ];
        for flaw in flaws.into_iter().flatten() {
            assert!(!flaw.is_empty() && !flaw.contains('\n'), "a flaw is one line: {flaw:?}");
        }
    }
}
