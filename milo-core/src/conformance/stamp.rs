//! The macros behind the suites' own.

/// Stamps one `#[tokio::test]` a case; `at_once` cases are given the runtime's spawner as well.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($suite:ident, $fixture:expr, cases: [$($case:ident),* $(,)?], at_once: [$($many:ident),* $(,)?] $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let fixture = $fixture.await;
                $crate::conformance::$suite::$case(&fixture).await;
            }
        )*
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $many() {
                let fixture = $fixture.await;
                let spawn = |task: $crate::conformance::Task| drop(tokio::spawn(task));
                $crate::conformance::$suite::$many(&fixture, &spawn).await;
            }
        )*
    };
}

/// Fails unless the value has the shape; shows what it was instead.
macro_rules! assert_is {
    ($value:expr, $shape:pat $(if $guard:expr)? $(,)?) => {
        match $value {
            $shape $(if $guard)? => {}
            other => panic!("expected {}, got {other:?}", stringify!($shape $(if $guard)?)),
        }
    };
}

pub(crate) use assert_is;

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    fn entries(folder: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths
    }

    /// The text of a suite: of one file, or of every file in its folder.
    fn text(suite: &Path) -> String {
        if suite.is_dir() {
            entries(suite).iter().map(|path| text(path)).collect()
        } else {
            std::fs::read_to_string(suite).unwrap()
        }
    }

    #[test]
    fn every_case_is_stamped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
        let mut found = 0;
        for suite in entries(&folder) {
            let text = text(&suite);
            // The macros of this file and of the map are no suite's.
            if !text.contains("#[macro_export]\nmacro_rules! ") || text.contains("every_case_is_stamped") {
                continue;
            }
            let stamped: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
            let cases = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            for case in cases.filter_map(|line| line.split(['<', '(']).next()) {
                found += 1;
                let times = stamped.iter().filter(|name| **name == case).count();
                assert_eq!(times, 1, "{case} of {} is stamped {times} times", suite.display());
            }
        }
        assert!(found > 250, "only {found} cases were found");
    }
}
