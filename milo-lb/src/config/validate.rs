//! What no type says: which values make sense, and which go together.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Config, ConfigError};

/// Far beyond any use, and far below what a clock can count.
const TIME_MAX: Duration = Duration::from_hours(365 * 24);
const HEAD_BYTES: std::ops::RangeInclusive<usize> = 1024..=256 * 1024;

type Checked = Result<(), ConfigError>;

fn ensure(holds: bool, setting: &str, flaw: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(ConfigError::value(setting, &flaw()))
    }
}

pub(super) fn validate(config: &Config) -> Checked {
    nodes(&config.nodes)?;
    times(config)?;
    numbers(config)?;
    for path in config.private_paths.iter().chain([&config.health.path]) {
        let setting = if *path == config.health.path {
            "health.path"
        } else {
            "private_paths"
        };
        ensure(
            path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()),
            setting,
            || format!("{path:?} is not a path: it must begin with / and have no blanks"),
        )?;
    }
    Ok(())
}

fn nodes(nodes: &[String]) -> Checked {
    ensure(!nodes.is_empty(), "nodes", || {
        "there is none: give at least one host:port".to_owned()
    })?;
    for node in nodes {
        let good = node.rsplit_once(':').is_some_and(|(host, port)| {
            let host_is_good =
                !host.is_empty() && (!host.contains(':') || (host.starts_with('[') && host.ends_with(']')));
            host_is_good && !host.contains('/') && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        ensure(good, "nodes", || {
            format!("{node:?} is not host:port, like 10.0.0.7:8080, [fd00::7]:8080 or milo-http:8080")
        })?;
    }
    let distinct: BTreeSet<_> = nodes.iter().collect();
    ensure(distinct.len() == nodes.len(), "nodes", || {
        "one is given twice".to_owned()
    })
}

fn times(config: &Config) -> Checked {
    let Config {
        health,
        ejection,
        upstream,
        timeouts,
        stop,
        ..
    } = config;
    let may_be_nothing = [
        ("health.slow_start", health.slow_start),
        ("ejection.time_max", ejection.time_max),
        ("upstream.idle_timeout", upstream.idle_timeout),
        ("stop.notice", stop.notice),
        ("stop.drain", stop.drain),
    ];
    let must_be_more = [
        ("resolve_interval", config.resolve_interval),
        ("health.interval", health.interval),
        ("health.timeout", health.timeout),
        ("ejection.time", ejection.time),
        ("upstream.connect_timeout", upstream.connect_timeout),
        ("upstream.response_timeout", upstream.response_timeout),
        ("upstream.silence_timeout", upstream.silence_timeout),
        ("timeouts.head", timeouts.head),
        ("timeouts.body", timeouts.body),
        ("timeouts.idle", timeouts.idle),
        ("timeouts.stalled", timeouts.stalled),
    ];
    for (setting, time) in may_be_nothing.into_iter().chain(must_be_more) {
        ensure(time <= TIME_MAX, setting, || "must be at most 365days".to_owned())?;
    }
    for (setting, time) in must_be_more {
        ensure(time > Duration::ZERO, setting, || {
            "must be more than nothing, like 5s or 500ms".to_owned()
        })?;
    }
    ensure(ejection.time <= ejection.time_max, "ejection.time_max", || {
        format!(
            "must be at least ejection.time, {}",
            humantime::format_duration(ejection.time)
        )
    })
}

fn numbers(config: &Config) -> Checked {
    let Config {
        health,
        ejection,
        upstream,
        retry,
        limits,
        ..
    } = config;
    for (setting, number) in [
        ("health.up_after", health.up_after as usize),
        ("health.down_after", health.down_after as usize),
        ("ejection.after_broken", ejection.after_broken as usize),
        ("ejection.after_errors", ejection.after_errors as usize),
        ("upstream.requests_max", upstream.requests_max),
        ("retry.nodes_max", retry.nodes_max),
        ("limits.connections_max", limits.connections_max),
        ("limits.head_fields", limits.head_fields),
        ("limits.target_bytes", limits.target_bytes),
    ] {
        ensure(number > 0, setting, || "must be at least 1".to_owned())?;
    }
    ensure(ejection.share_max_percent <= 100, "ejection.share_max_percent", || {
        "must be at most 100".to_owned()
    })?;
    ensure(HEAD_BYTES.contains(&limits.head_bytes), "limits.head_bytes", || {
        format!("must be from {} to {}", HEAD_BYTES.start(), HEAD_BYTES.end())
    })?;
    ensure(limits.target_bytes <= limits.head_bytes, "limits.target_bytes", || {
        format!("must be at most limits.head_bytes, {}", limits.head_bytes)
    })?;
    ensure(
        limits.requests_per_second == 0 || limits.requests_burst > 0,
        "limits.requests_burst",
        || "must be at least 1, since limits.requests_per_second is set".to_owned(),
    )?;
    ensure(
        retry.kept_body_bytes <= limits.body_bytes,
        "retry.kept_body_bytes",
        || {
            format!(
                "must be at most limits.body_bytes, {}: larger bodies are refused",
                limits.body_bytes
            )
        },
    )?;
    if let Some(status) = retry.statuses.iter().find(|status| !(500..=599).contains(*status)) {
        return Err(ConfigError::value(
            "retry.statuses",
            &format!("{status} is not from 500 to 599"),
        ));
    }
    ensure(retry.budget_percent <= 100, "retry.budget_percent", || {
        "must be at most 100".to_owned()
    })
}
