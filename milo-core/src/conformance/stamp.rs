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
    use std::path::Path;

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("samples") {
                    sources(&path, found);
                }
            } else if !["at_once.rs", "engine_clock.rs", "stamp.rs"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn every_case_is_stamped() {
        let mut files = Vec::new();
        sources(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance"),
            &mut files,
        );
        let stamped: Vec<&str> = files
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.trim().strip_suffix(','))
            .collect();
        let cases: Vec<&str> = files
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.strip_prefix("pub async fn "))
            .filter_map(|line| line.split(['<', '(']).next())
            .collect();
        assert!(cases.len() > 200, "only {} cases were found", cases.len());
        let times = |names: &[&str], wanted: &str| names.iter().filter(|name| **name == wanted).count();
        for case in &cases {
            // Two suites may each have a case of one name.
            assert_eq!(times(&stamped, case), times(&cases, case), "{case} is not stamped once");
        }
    }
}
