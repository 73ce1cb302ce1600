//! A Redis cluster of three masters.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::images::image;
use crate::ports::free_port;
use crate::reaper::Reaper;
use crate::recipes;

/// How long the masters may take to agree.
const AGREE_TIME: Duration = Duration::from_secs(60);

/// The URLs of three masters that all tests of the process share.
///
/// All three run in one container, on ports that are the same inside and outside, so that the address which they tell
/// clients is right on every host.
///
/// # Panics
/// If there is no Docker, no image, or no cluster in time.
pub async fn redis_cluster() -> Vec<String> {
    static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
    CLUSTER.get_or_init(Cluster::begin).await.urls()
}

#[derive(Debug)]
struct Cluster {
    ports: [u16; 3],
    _reaper: Reaper,
}

impl Cluster {
    async fn begin() -> Self {
        let ports = [free_port(), free_port(), free_port()];
        let (setting, official, stand_in) = recipes::REDIS.image;
        let (image, tag) = image(setting, official, stand_in);
        let mut arguments = vec![
            "run".to_owned(),
            "--detach".to_owned(),
            "--label=milo.test=true".to_owned(),
        ];
        arguments.extend(ports.map(|port| format!("--publish=127.0.0.1:{port}:{port}")));
        arguments.extend([
            format!("{image}:{tag}"),
            "sh".to_owned(),
            "-c".to_owned(),
            script(ports),
        ]);
        let container = docker(&arguments).await;
        let cluster = Self {
            ports,
            _reaper: Reaper::of(&container),
        };
        let agreed = tokio::time::timeout(AGREE_TIME, async {
            while !docker(&["logs".to_owned(), container.clone()])
                .await
                .contains("16384 slots covered")
            {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        agreed.await.expect("the masters agree in time");
        cluster
    }

    fn urls(&self) -> Vec<String> {
        self.ports.map(|port| format!("redis://127.0.0.1:{port}")).to_vec()
    }
}

fn script(ports: [u16; 3]) -> String {
    let start = |port: u16| {
        format!(
            "redis-server --port {port} --cluster-enabled yes --cluster-config-file /tmp/{port}.conf --save '' \
             --appendonly no --protected-mode no --cluster-announce-ip 127.0.0.1 --daemonize yes --dir /tmp; "
        )
    };
    let nodes = ports.map(|port| format!("127.0.0.1:{port}")).join(" ");
    format!(
        "{} sleep 1; redis-cli --cluster create {nodes} --cluster-yes; exec sleep 86400",
        ports.map(start).concat()
    )
}

async fn docker(arguments: &[String]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("docker can be run");
    assert!(
        output.status.success(),
        "no Redis cluster for the tests: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
