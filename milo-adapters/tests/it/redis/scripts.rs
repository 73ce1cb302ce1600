//! The scripts' sources: each says what it does, what it is given and what it answers.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../lua");

fn files(folder: &Path) -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    paths.sort();
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.into_iter().map(named).collect()
}

/// One file an act.
fn acts() -> Vec<(String, String)> {
    let acts = files(Path::new(SCRIPTS));
    assert!(acts.len() >= 12, "only {} acts were found", acts.len());
    acts
}

fn shared() -> Vec<(String, String)> {
    files(&Path::new(SCRIPTS).join("shared"))
}

fn header(source: &str) -> String {
    let lines = source.lines().take_while(|line| line.starts_with("--"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// The code without its comments.
fn code(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Every `KEYS[1]`, `ARGV[2]` and so on of a text.
fn places(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for array in ["KEYS", "ARGV"] {
        for rest in text.split(&format!("{array}[")).skip(1) {
            if let Some((place, _)) = rest.split_once(']') {
                found.insert(format!("{array}[{place}]"));
            }
        }
    }
    found
}

#[test]
fn every_act_opens_with_its_purpose_its_keys_its_arguments_and_its_result() {
    for (name, source) in acts() {
        let header = header(&source);
        assert!(
            header.lines().next().is_some_and(|line| line.len() > 20),
            "{name} has no purpose"
        );
        for part in ["\n-- KEYS[", "\n-- ARGV", "\n-- Result: "] {
            assert!(header.contains(part), "{name} does not say {part:?}");
        }
    }
}

#[test]
fn every_key_and_argument_that_an_act_uses_is_documented() {
    for (name, source) in acts() {
        let documented = places(&header(&source));
        for place in places(&code(&source)) {
            assert!(documented.contains(&place), "{name} uses {place} without a word");
        }
    }
}

#[test]
fn every_shared_part_opens_with_its_purpose() {
    assert!(!shared().is_empty());
    for (name, source) in shared() {
        assert!(header(&source).len() > 100, "{name} has no purpose");
        assert_eq!(places(&source), BTreeSet::new(), "{name} reads what an act was given");
    }
}

#[test]
fn every_script_is_used() {
    let sources = [
        include_str!("../../../src/redis/rate_limiter.rs"),
        include_str!("../../../src/redis/seat_locks/acts.rs"),
    ]
    .concat();
    for (name, _) in acts() {
        assert!(sources.contains(&format!("\"{name}\"")), "{name} is used by nobody");
    }
    for (name, _) in shared() {
        assert!(
            sources.contains(&format!("\"shared/{name}\"")),
            "{name} is used by nobody"
        );
    }
}

/// A script blocks the whole server while it runs, and in a cluster it must know its keys.
#[test]
fn no_script_looks_at_keys_that_it_was_not_given() {
    for (name, source) in acts().into_iter().chain(shared()) {
        for command in ["KEYS", "SCAN", "FLUSHALL", "FLUSHDB", "RANDOMKEY", "CONFIG", "SCRIPT"] {
            assert!(
                !code(&source).contains(&format!("'{command}'")),
                "{name} calls {command}"
            );
        }
    }
}
