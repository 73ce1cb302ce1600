//! What the documents say of the tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Adds the names of the functions in the Rust sources below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text
                .split("fn ")
                .skip(1)
                .filter_map(|rest| rest.split(['(', '<']).next());
            found.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn every_crash_point_names_tests_that_exist() {
    let mut known = BTreeSet::new();
    for folder in ["milo-adapters", "milo-core/src/conformance", "milo-http/tests"] {
        functions(&root().join(folder), &mut known);
    }
    let document = std::fs::read_to_string(root().join("docs/CRASH_POINTS.md")).unwrap();
    // A test is a sentence: it has several words.
    let is_test = |name: &&str| {
        name.matches('_').count() >= 3 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let named: Vec<&str> = document.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 40, "only {} tests are named", named.len());
    for name in named {
        assert!(known.contains(name), "there is no test {name}");
    }
}
