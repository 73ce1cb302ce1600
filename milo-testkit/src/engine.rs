//! One engine in a container of its own.

use std::fmt;
use std::time::{Duration, Instant};

use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use tokio::process::Command;

use crate::images::image;
use crate::ports::free_port;
use crate::probe::Probe;
use crate::reaper::Reaper;

/// How long an engine may take until it answers.
const START_TIME: Duration = Duration::from_secs(120);

/// Between two questions whether an engine answers.
const PATIENCE: Duration = Duration::from_millis(100);

/// How to make an engine.
pub(crate) struct Recipe {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// The setting that names its image, the image of `compose.yaml`, and that one's stand-in.
    pub(crate) image: (&'static str, &'static str, &'static str),
    /// Where it listens in its container.
    pub(crate) port: u16,
    pub(crate) environment: &'static [(&'static str, &'static str)],
    pub(crate) command: &'static [&'static str],
    /// The URL, but for the port, which stands where `{port}` does.
    pub(crate) url: &'static str,
    pub(crate) probe: Probe,
}

/// An engine that one test, or one process, has for itself. Its port stays the same when it is started again.
pub struct Engine {
    name: &'static str,
    url: String,
    port: u16,
    probe: Probe,
    // Its own way of removing itself needs a runtime, which may be gone by then.
    container: std::mem::ManuallyDrop<ContainerAsync<GenericImage>>,
    reaper: Reaper,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.name, self.url)
    }
}

impl Engine {
    /// Starts the engine and waits until it answers.
    ///
    /// # Panics
    /// If that does not succeed.
    pub(crate) async fn begin(recipe: &Recipe) -> Self {
        let (setting, official, stand_in) = recipe.image;
        let (image, tag) = image(setting, official, stand_in);
        let port = free_port();
        let mut request = GenericImage::new(image.as_str(), tag.as_str())
            .with_exposed_port(ContainerPort::Tcp(recipe.port))
            .with_wait_for(WaitFor::Nothing)
            .with_mapped_port(port, ContainerPort::Tcp(recipe.port))
            // On loopback only: it has a password that everybody knows.
            .with_host_config_modifier(|host| {
                let bindings = host.port_bindings.iter_mut().flat_map(|ports| ports.values_mut());
                for binding in bindings.flatten().flatten() {
                    binding.host_ip = Some("127.0.0.1".to_owned());
                }
            })
            .with_cmd(recipe.command.iter().copied())
            .with_label("milo.test", "true");
        for (name, value) in recipe.environment {
            request = request.with_env_var(*name, *value);
        }
        let container = request.start().await.unwrap_or_else(|error| {
            panic!(
                "no {} for the tests: {image}:{tag} could not be started ({error}). Start Docker, and run \
                 scripts/offline-images where no image registry can be reached; or name a server by its MILO_TEST_*_URL",
                recipe.name
            )
        });
        let engine = Self {
            name: recipe.name,
            url: recipe.url.replace("{port}", &port.to_string()),
            port,
            probe: recipe.probe,
            reaper: Reaper::of(container.id()),
            container: std::mem::ManuallyDrop::new(container),
        };
        engine.answers().await;
        engine
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it in order.
    pub async fn stop(&self) {
        self.docker(&["stop", "--time", "30"]).await;
    }

    /// Ends it at once (`kill -9`).
    pub async fn kill(&self) {
        self.docker(&["kill", "--signal", "KILL"]).await;
    }

    /// Starts it again and waits until it answers.
    pub async fn start(&self) {
        self.docker(&["start"]).await;
        self.answers().await;
    }

    /// Freezes it: connections stay open and nothing answers.
    pub async fn pause(&self) {
        self.docker(&["pause"]).await;
    }

    /// Lets it go on.
    pub async fn unpause(&self) {
        self.docker(&["unpause"]).await;
    }

    /// Runs a command in its container and gives what it printed.
    ///
    /// # Panics
    /// If the command fails.
    pub async fn run(&self, command: &[&str]) -> String {
        let mut arguments = vec!["exec", self.container.id()];
        arguments.extend(command);
        docker(&arguments).await
    }

    async fn docker(&self, verb: &[&str]) {
        let mut arguments = verb.to_vec();
        arguments.push(self.container.id());
        docker(&arguments).await;
    }

    async fn answers(&self) {
        let begun = Instant::now();
        while !self.probe.answers(&self.url, self.port).await {
            assert!(
                begun.elapsed() < START_TIME,
                "{self:?} does not answer within {START_TIME:?}"
            );
            tokio::time::sleep(PATIENCE).await;
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.reaper.reap();
    }
}

async fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker")
        .args(arguments)
        .output()
        .await
        .expect("docker can be run");
    assert!(
        output.status.success(),
        "docker {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
