//! Where settings come from, and what is wrong with some.

use std::collections::BTreeSet;
use std::path::PathBuf;

use milo_lb::config::Config;

fn from(variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(None, variables).map_err(|error| error.to_string())
}

fn example() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("milo-lb.toml")
}

#[test]
fn the_example_file_holds_the_defaults_and_names_every_setting() {
    let config = Config::load(Some(&example()), []).unwrap();
    let described = Config::describe(Some(&example()), []).unwrap();

    assert_eq!(config, Config::default());
    let missing: Vec<_> = described
        .iter()
        .filter(|line| line.source == "default" && !line.setting.starts_with("tls."))
        .map(|line| &line.setting)
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let text = std::fs::read_to_string(example()).unwrap();
    assert!(text.contains("certificate = ") && text.contains("key = "));
}

#[test]
fn every_setting_can_be_given_as_a_variable_with_its_own_value() {
    for line in Config::describe(None, []).unwrap() {
        if line.setting.starts_with("tls.") {
            continue;
        }
        let plain = line.value.replace(['"', '[', ']'], "");
        let config = from(&[(&line.variable, &plain)]).unwrap_or_else(|error| panic!("{}: {error}", line.variable));
        assert_eq!(config, Config::default(), "{}", line.variable);
    }
}

#[test]
fn no_two_settings_have_one_variable() {
    let described = Config::describe(None, []).unwrap();
    let variables: BTreeSet<_> = described.iter().map(|line| &line.variable).collect();
    assert_eq!(variables.len(), described.len());
}

#[test]
fn a_variable_goes_before_the_file() {
    let variables = [("MILO_LB_HEALTH_INTERVAL".to_owned(), "7s".to_owned())];
    let config = Config::load(Some(&example()), variables).unwrap();
    assert_eq!(config.health.interval, std::time::Duration::from_secs(7));
}

#[test]
fn variables_of_other_programs_are_none_of_ours() {
    assert!(from(&[("MILO_BIND", "x"), ("PATH", "y"), ("MILO_LB_CONFIG", "z")]).is_ok());
}

#[test]
fn each_flaw_is_named_with_its_setting() {
    for (variable, value, told) in [
        ("MILO_LB_NODES", "a:1,a:1", "one is given twice"),
        ("MILO_LB_NODES", "http://a:1", "is not host:port"),
        ("MILO_LB_NODES", "a:0", "is not host:port"),
        ("MILO_LB_NODES", "::1:80", "is not host:port"),
        ("MILO_LB_WORKERS", "-1", "workers"),
        ("MILO_LB_WORKERS", "many", "\"many\" is not a whole number"),
        ("MILO_LB_HEALTH_PATH", "health", "must begin with /"),
        ("MILO_LB_PRIVATE_PATHS", "/a,b", "must begin with /"),
        ("MILO_LB_HEALTH_TIMEOUT", "0s", "must be more than nothing"),
        ("MILO_LB_HEALTH_UP_AFTER", "0", "must be at least 1"),
        ("MILO_LB_EJECTION_TIME", "10m", "must be at least ejection.time"),
        ("MILO_LB_EJECTION_SHARE_MAX_PERCENT", "101", "must be at most 100"),
        ("MILO_LB_RETRY_STATUSES", "404", "404 is not from 500 to 599"),
        ("MILO_LB_RETRY_STATUSES", "x", "a list of whole numbers"),
        ("MILO_LB_RETRY_BUDGET_PERCENT", "101", "must be at most 100"),
        ("MILO_LB_LIMITS_REQUESTS_BURST", "0", "must be at least 1"),
        (
            "MILO_LB_LIMITS_TARGET_BYTES",
            "99999",
            "must be at most limits.head_bytes",
        ),
        ("MILO_LB_TRUSTED_PROXIES", "nobody", "trusted_proxies"),
    ] {
        let error = from(&[(variable, value)]).expect_err(variable);
        assert!(error.contains(told), "{variable}={value}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_file_with_an_unknown_setting_is_refused_with_its_line() {
    let file = std::env::temp_dir().join(format!("milo-lb-unknown-{}.toml", std::process::id()));
    std::fs::write(&file, "policy = \"round_robin\"\n\n[health]\nintervall = \"1s\"\n").unwrap();

    let error = Config::load(Some(&file), []).unwrap_err().to_string();

    assert!(error.contains("line 4") && error.contains("intervall"), "{error}");
    std::fs::remove_file(&file).unwrap();
}
