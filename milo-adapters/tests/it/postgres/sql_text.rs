//! SQL is literal text, everywhere.

use std::fs;
use std::path::Path;

/// Ways to hand sqlx a text that was put together, which it takes otherwise only if it is part of the program.
const WAYS: [&str; 4] = ["AssertSqlSafe", "QueryBuilder", ".leak(", "::leak("];

fn assert_literal(directory: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += assert_literal(&path);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for way in WAYS {
            assert!(!text.contains(way), "{} says {way}", path.display());
        }
        files += 1;
    }
    files
}

#[test]
fn no_statement_is_put_together_at_run_time() {
    let files = assert_literal(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/postgres")));
    assert!(files > 20, "the sources of the store are there");
}
