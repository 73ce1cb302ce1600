//! `compose.yaml` keeps what it promises to whoever runs it.

use std::collections::BTreeMap;

fn composition() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../compose.yaml")).unwrap()
}

/// The lines of each block of a section, by name. Blocks are indented by two spaces, sections not at all.
fn blocks(section: &str) -> BTreeMap<String, String> {
    let composition = composition();
    let lines = composition.lines().skip_while(|line| *line != section).skip(1);
    let mut blocks = BTreeMap::<String, String>::new();
    let mut name = String::new();
    for line in lines.take_while(|line| line.is_empty() || line.starts_with(' ')) {
        if let Some(block) = line
            .strip_prefix("  ")
            .and_then(|line| line.strip_suffix(':'))
            .filter(|line| !line.starts_with(' '))
        {
            block.clone_into(&mut name);
        }
        let block = blocks.entry(name.clone()).or_default();
        block.push_str(line);
        block.push('\n');
    }
    blocks
}

/// The lines under a heading of the first level, such as an anchor's.
fn heading(heading: &str) -> String {
    let composition = composition();
    let lines = composition
        .lines()
        .skip_while(|line| !line.starts_with(heading))
        .skip(1);
    lines
        .take_while(|line| line.starts_with(' '))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn it_has_every_part_of_the_deployment() {
    let services = blocks("services:");
    for name in [
        "postgres",
        "redis",
        "redis-cache",
        "rabbitmq",
        "milo-http",
        "milo-worker",
        "milo-lb",
        "prometheus",
        "grafana",
    ] {
        assert!(services.contains_key(name), "{name} is not in {:?}", services.keys());
    }
    assert!(services["milo-http"].contains("scale: 3\n") && services["milo-worker"].contains("scale: 2\n"));
    assert!(services["redis"].contains("noeviction") && services["redis-cache"].contains("allkeys-lru"));
}

#[test]
fn only_the_load_balancer_publishes_a_port_and_on_loopback_unless_told_otherwise() {
    for (name, lines) in blocks("services:") {
        let ports = lines
            .lines()
            .find(|line| line.trim_start().starts_with("ports:"))
            .map(str::trim);
        match name.as_str() {
            "milo-lb" => assert_eq!(ports, Some("ports: [\"${MILO_PUBLISH:-127.0.0.1:8000}:8000\"]")),
            // Of the profile `observability`, for this machine only.
            "grafana" => assert_eq!(ports, Some("ports: [\"127.0.0.1:${MILO_GRAFANA_PORT:-3000}:3000\"]")),
            _ => assert_eq!(ports, None, "{name}"),
        }
    }
}

#[test]
fn no_part_has_rights_that_it_does_not_need() {
    for (anchor, lines) in [("hardened", heading("x-hardened:")), ("engine", heading("x-engine:"))] {
        assert!(lines.contains("cap_drop: [ALL]\n"), "{anchor}");
        assert!(
            lines.contains("security_opt: [\"no-new-privileges:true\"]\n"),
            "{anchor}"
        );
    }
    assert!(heading("x-hardened:").contains("read_only: true\n"));
    for (name, lines) in blocks("services:") {
        let anchor = if name.starts_with("milo-") || lines.contains("profiles:") {
            "*hardened"
        } else {
            "*engine"
        };
        assert!(lines.contains(&format!("<<: {anchor}\n")), "{name} is not {anchor}");
        for right in ["privileged", "docker.sock", "network_mode", "pid:", "cap_add"] {
            assert!(!lines.contains(right), "{name} has {right}");
        }
    }
}

#[test]
fn the_engines_cannot_be_reached_from_outside() {
    assert!(blocks("networks:")["engines"].contains("internal: true"));
    for name in ["redis-cache", "milo-worker"] {
        assert!(!blocks("services:")[name].contains("front"), "{name}");
    }
    assert!(heading("x-engine:").contains("networks: [engines]\n"));
}

#[test]
fn every_image_has_a_release() {
    for line in composition()
        .lines()
        .filter(|line| line.trim_start().starts_with("image:"))
    {
        assert!(!line.contains("latest"), "{line}");
        assert!(
            line.trim_end_matches('}')
                .rsplit_once(':')
                .is_some_and(|(_, tag)| !tag.is_empty()),
            "{line}"
        );
    }
}

#[test]
fn the_images_are_those_of_the_composition() {
    let composition = composition();
    for (setting, official) in milo_testkit::IMAGES {
        let line = format!("image: ${{{setting}:-{official}}}");
        assert!(composition.contains(&line), "compose.yaml has no line {line}");
    }
}
