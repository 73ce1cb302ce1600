//! The binary: its commands, its signals, its logs.

use std::net::SocketAddr;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncBufReadExt;
use tokio::process::{Child, Command};

use crate::support::{Backend, PATIENCE, Raw, exchange};

fn command(variables: &[(&str, String)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milo-lb"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MILO_")) {
        command.env_remove(name);
    }
    command
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .args(arguments)
        .kill_on_drop(true);
    command
}

async fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    command(&variables, arguments).output().await.unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A balancer in a process of its own.
struct Process {
    child: Child,
    address: SocketAddr,
    admin: SocketAddr,
    lines: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStdout>>,
}

impl Process {
    async fn start(variables: &[(&str, String)]) -> Self {
        let mut all = vec![
            ("MILO_LB_LISTEN", "127.0.0.1:0".to_owned()),
            ("MILO_LB_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
            ("MILO_LB_HEALTH_INTERVAL", "50ms".to_owned()),
            ("MILO_LB_LOG_FORMAT", "json".to_owned()),
        ];
        all.extend_from_slice(variables);
        let mut command = command(&all, &["serve"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = tokio::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let serving = async {
            while let Some(line) = log.next_line().await.unwrap() {
                let line: serde_json::Value = serde_json::from_str(&line).unwrap();
                if let Some(listen) = line["fields"]["listen"].as_str() {
                    return (
                        listen.parse().unwrap(),
                        line["fields"]["admin"].as_str().unwrap().parse().unwrap(),
                    );
                }
            }
            panic!("it ended before it served")
        };
        let (address, admin) = tokio::time::timeout(PATIENCE, serving).await.unwrap();
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        let process = Self {
            lines: tokio::io::BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
            address,
            admin,
        };
        while milo_lb::ask(admin, milo_lb::Ask::Ready).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        process
    }

    async fn signal(&self, signal: &str) {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &id])
            .status()
            .await
            .unwrap();
        assert!(sent.success());
    }

    async fn metrics(&self) -> String {
        let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        exchange(self.admin, request).await.body
    }
}

#[tokio::test]
async fn it_serves_until_it_is_told_to_stop_and_ends_well() {
    let node = Backend::start().await;
    let mut process = Process::start(&[("MILO_LB_NODES", node.address().to_string())]).await;
    let mut raw = Raw::connect(process.address).await;
    raw.write(b"GET /x?secret=1 HTTP/1.1\r\nHost: milo.test\r\nX-Request-Id: mine\r\n\r\n")
        .await;
    assert_eq!(raw.answer().await.status, 200);

    process.signal("TERM").await;
    let ended = tokio::time::timeout(PATIENCE, process.child.wait())
        .await
        .unwrap()
        .unwrap();

    assert_eq!(ended.code(), Some(0));
    let line = process.lines.next_line().await.unwrap().unwrap();
    assert!(!line.contains("secret"), "{line}");
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        (&line["method"], &line["path"], &line["status"]),
        (&"GET".into(), &"/x".into(), &200.into())
    );
    assert_eq!(
        (&line["request_id"], &line["client"]),
        (&"mine".into(), &"127.0.0.1".into())
    );
    assert_eq!(line["node"], node.address().to_string());
}

#[tokio::test]
async fn it_measures_what_it_does() {
    let node = Backend::start().await;
    let process = Process::start(&[("MILO_LB_NODES", node.address().to_string())]).await;
    exchange(
        process.address,
        b"GET /x HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n\r\n",
    )
    .await;
    exchange(process.address, b"GET /x HTTP/1.1\r\n\r\n").await;

    let metrics = process.metrics().await;

    let address = node.address();
    for line in [
        "milo_lb_requests_total{class=\"2xx\"} 1".to_owned(),
        "milo_lb_requests_total{class=\"4xx\"} 1".to_owned(),
        "milo_lb_refused_total{type=\"malformed-request\"} 1".to_owned(),
        format!("milo_lb_node_answers_total{{node=\"{address}\",class=\"2xx\"}} 1"),
        format!("milo_lb_node_up{{node=\"{address}\"}} 1"),
        "# HELP milo_lb_retries_total".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
}

#[tokio::test]
async fn a_hang_up_reads_the_file_anew_and_a_bad_file_changes_nothing() {
    let nodes = [Backend::start().await, Backend::start().await];
    let file = std::env::temp_dir().join(format!("milo-lb-reload-{}.toml", std::process::id()));
    let write = |node: &Backend| std::fs::write(&file, format!("nodes = [\"{}\"]\n", node.address())).unwrap();
    write(&nodes[0]);
    let process = Process::start(&[("MILO_LB_CONFIG", file.to_string_lossy().into_owned())]).await;
    let reloads = async |result: &str| {
        process.signal("HUP").await;
        let line = format!("milo_lb_reloads_total{{result=\"{result}\"}} 1");
        while !process.metrics().await.contains(&line) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let ask = || {
        exchange(
            process.address,
            b"GET /x HTTP/1.1\r\nHost: milo.test\r\nConnection: close\r\n\r\n",
        )
    };

    write(&nodes[1]);
    reloads("ok").await;
    assert_eq!(ask().await.body, nodes[1].address().port().to_string());
    std::fs::write(&file, "nodes = []\n").unwrap();
    process.signal("HUP").await;
    tokio::time::sleep(Duration::from_millis(50)).await;

    assert_eq!(ask().await.status, 200);
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_stops_the_start_with_one_line() {
    for (name, value, told) in [
        ("MILO_LB_NODES", "", "nodes (MILO_LB_NODES): there is none"),
        (
            "MILO_LB_NODES",
            "one",
            "nodes (MILO_LB_NODES): \"one\" is not host:port",
        ),
        (
            "MILO_LB_POLICY",
            "random",
            "policy (MILO_LB_POLICY): unknown variant `random`",
        ),
        (
            "MILO_LB_HEALTH_INTERVAL",
            "soon",
            "health.interval (MILO_LB_HEALTH_INTERVAL):",
        ),
        ("MILO_LB_HELTH_INTERVAL", "1s", "did you mean MILO_LB_HEALTH_INTERVAL?"),
        (
            "MILO_LB_LIMITS_HEAD_BYTES",
            "12",
            "limits.head_bytes (MILO_LB_LIMITS_HEAD_BYTES): must be from 1024",
        ),
        (
            "MILO_LB_TLS_KEY",
            "/x.pem",
            "tls.certificate (MILO_LB_TLS_CERTIFICATE): is missing",
        ),
        ("MILO_LB_CONFIG", "/nowhere.toml", "/nowhere.toml cannot be read"),
        ("MILO_LB_LISTEN", "everywhere", "listen (MILO_LB_LISTEN):"),
    ] {
        let output = run(&[(name, value)], &["serve"]).await;
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{name}={value}: {text}");
        assert!(text.contains(told), "{name}={value}: {text}");
        assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    }
}

#[tokio::test]
async fn settings_are_checked_and_listed_without_serving() {
    let good = run(&[("MILO_LB_NODES", "10.0.0.1:80,milo-http:8080")], &["check"]).await;
    let listed = run(&[("MILO_LB_RETRY_STATUSES", "503")], &["config", "--json"]).await;

    assert_eq!(
        (good.status.code(), said(&good).as_str()),
        (Some(0), "the settings can be used\n")
    );
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let line = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["setting"] == "retry.statuses")
        .unwrap();
    assert_eq!(
        (&line["value"], &line["source"]),
        (&"[503]".into(), &"MILO_LB_RETRY_STATUSES".into())
    );
}

#[tokio::test]
async fn a_balancer_that_does_not_run_is_not_healthy() {
    let output = run(&[], &["health", "--admin", "127.0.0.1:1"]).await;

    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).starts_with("milo-lb: nobody answers at 127.0.0.1:1"),
        "{}",
        said(&output)
    );
}
