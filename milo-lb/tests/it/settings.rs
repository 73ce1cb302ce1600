//! Where settings come from, and what is wrong with some.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use milo_lb::config::{Config, text_variables};

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

/// Each setting with a value that is not its default. The two of TLS are given together.
const OTHERS: [(&str, &str); 50] = [
    ("listen", "127.0.0.1:8001"),
    ("workers", "3"),
    ("nodes", "a:1, [::1]:2"),
    ("resolve_interval", "6s"),
    ("policy", "power_of_two"),
    ("private_paths", "/a,/b"),
    ("trusted_proxies", "10.0.0.0/8"),
    ("health.path", "/up"),
    ("health.interval", "2s"),
    ("health.timeout", "3s"),
    ("health.up_after", "4"),
    ("health.down_after", "5"),
    ("health.slow_start", "0s"),
    ("ejection.after_broken", "3"),
    ("ejection.after_errors", "4"),
    ("ejection.time", "2s"),
    ("ejection.time_max", "2m"),
    ("ejection.share_max_percent", "10"),
    ("upstream.connect_timeout", "2s"),
    ("upstream.response_timeout", "3s"),
    ("upstream.silence_timeout", "4s"),
    ("upstream.idle_timeout", "5s"),
    ("upstream.idle_max", "6"),
    ("upstream.requests_max", "7"),
    ("retry.nodes_max", "2"),
    ("retry.statuses", "500,599"),
    ("retry.budget_percent", "5"),
    ("retry.budget_per_second", "6"),
    ("retry.kept_body_bytes", "7"),
    ("timeouts.head", "1s"),
    ("timeouts.body", "2s"),
    ("timeouts.body_bytes_per_second", "3"),
    ("timeouts.idle", "4s"),
    ("timeouts.stalled", "6s"),
    ("limits.requests_per_second", "1"),
    ("limits.requests_burst", "2"),
    ("limits.connections_per_client", "3"),
    ("limits.connections_max", "4"),
    ("limits.head_bytes", "16384"),
    ("limits.head_fields", "5"),
    ("limits.target_bytes", "6"),
    ("limits.body_bytes", "100000"),
    ("admin.listen", "127.0.0.1:9101"),
    ("log.filter", "debug"),
    ("log.format", "json"),
    ("log.access", "/var/log/milo"),
    ("stop.notice", "1s"),
    ("stop.drain", "2s"),
    ("tls.certificate", "/c.pem"),
    ("tls.key", "/k.pem"),
];

#[test]
fn every_setting_is_replaced_by_its_variable_and_says_so() {
    let others: BTreeMap<_, _> = OTHERS.into_iter().collect();
    let described = Config::describe(None, []).unwrap();
    let settings: BTreeSet<_> = described.iter().map(|line| line.setting.as_str()).collect();
    assert_eq!(settings, others.keys().copied().collect());

    for line in &described {
        let tls = ["tls.certificate", "tls.key"];
        let given: Vec<&str> = if tls.contains(&line.setting.as_str()) {
            tls.to_vec()
        } else {
            vec![&line.setting]
        };
        let variables: Vec<_> = described
            .iter()
            .filter(|other| given.contains(&other.setting.as_str()))
            .map(|other| (other.variable.clone(), others[other.setting.as_str()].to_owned()))
            .collect();
        let changed = Config::describe(None, variables).unwrap_or_else(|error| panic!("{error}"));
        for (before, after) in described.iter().zip(&changed) {
            let is_given = given.contains(&before.setting.as_str());
            assert_eq!(before.value != after.value, is_given, "{}", before.setting);
            let source = if is_given { before.variable.as_str() } else { "default" };
            assert_eq!(after.source, source, "{}", before.setting);
        }
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

#[cfg(unix)]
#[test]
fn only_a_variable_of_ours_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let bad = || std::ffi::OsString::from_vec(vec![0xff]);

    assert_eq!(
        text_variables([
            ("PATH".into(), bad()),
            (bad(), "x".into()),
            ("MILO_LB_CONFIG".into(), bad())
        ]),
        Ok(Vec::new())
    );
    let error = text_variables([("MILO_LB_POLICY".into(), bad())])
        .unwrap_err()
        .to_string();
    assert!(error.contains("MILO_LB_POLICY") && error.contains("UTF-8"), "{error}");
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
        (
            "MILO_LB_RETRY_KEPT_BODY_BYTES",
            "65537",
            "must be at most limits.body_bytes",
        ),
        ("MILO_LB_LIMITS_HEAD_BYTES", "1023", "must be from 1024 to 262144"),
        ("MILO_LB_EJECTION_TIME_MAX", "400000000000years", "must be at most"),
        ("MILO_LB_TIMEOUTS_IDLE", "400000000000years", "must be at most"),
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
