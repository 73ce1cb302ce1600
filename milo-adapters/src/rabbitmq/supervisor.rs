//! Connect, serve, and start again from nothing when anything breaks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::Channel;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::RabbitSettings;
use super::broken::Broken;
use super::topology::Topology;
use super::wire::Wire;

/// How a connection does.
#[derive(Clone, Debug)]
pub(super) enum Link {
    /// It is being made, and there is no reason to think that it cannot be.
    Connecting,
    /// It stands.
    Up,
    /// It could not be made; attempts go on.
    Down(Broken),
}

/// How a service's time on a connection ended.
pub(super) enum Ended {
    /// Nobody is left to be served.
    Unused,
    /// Something failed or stalled.
    Broken(Broken),
}

/// What a connection is for.
#[async_trait]
pub(super) trait Service: Send {
    /// What is built on a connection before the service can begin.
    type Session: Send;

    /// For the log.
    const NAME: &'static str;

    async fn open(wire: &Wire, topology: &Topology, settings: &RabbitSettings) -> Result<Self::Session, Broken>;

    /// Serves until the connection breaks, or nobody is left to be served.
    async fn serve(&mut self, wire: &Wire, session: Self::Session) -> Ended;

    /// Turns away whoever asks while there is no connection; returns when nobody is left to be served. It may be
    /// dropped at any time.
    async fn turn_away(&mut self, why: &Broken);
}

/// Serves for as long as there is somebody to be served.
///
/// While connecting for the first time, or after a connection was lost, callers wait within their own bound; once an
/// attempt has failed they are turned away at once, until one succeeds.
pub(super) async fn supervise<S: Service>(settings: Arc<RabbitSettings>, link: watch::Sender<Link>, mut service: S) {
    let topology = Topology::new(&settings);
    let mut down: Option<Broken> = None;
    let mut failures: u32 = 0;
    loop {
        let opened = {
            let attempt = connect::<S>(&settings, &topology);
            match &down {
                None => attempt.await,
                Some(why) => tokio::select! {
                    opened = attempt => opened,
                    () = service.turn_away(why) => return,
                },
            }
        };
        match opened {
            Ok((wire, session)) => {
                tracing::info!(connection = S::NAME, "connected to RabbitMQ");
                link.send_replace(Link::Up);
                down = None;
                let began = Instant::now();
                match service.serve(&wire, session).await {
                    Ended::Unused => return wire.close().await,
                    Ended::Broken(why) => {
                        tracing::warn!(connection = S::NAME, error = %why, "the connection to RabbitMQ broke");
                        link.send_replace(Link::Connecting);
                    }
                }
                // One that broke soon is likely to break again: only one that lasted is followed at once.
                if began.elapsed() > settings.reconnect.cap {
                    failures = 0;
                }
            }
            Err(why) => {
                if down.as_ref() != Some(&why) {
                    tracing::error!(connection = S::NAME, error = %why, "cannot connect to RabbitMQ; trying on");
                }
                link.send_replace(Link::Down(why.clone()));
                down = Some(why);
            }
        }
        failures = failures.saturating_add(1);
        let pause = tokio::time::sleep(settings.reconnect.wait(failures, rand::random()));
        match &down {
            None => pause.await,
            Some(why) => tokio::select! {
                () = pause => {}
                () = service.turn_away(why) => return,
            },
        }
    }
}

async fn connect<S: Service>(settings: &RabbitSettings, topology: &Topology) -> Result<(Wire, S::Session), Broken> {
    let wire = Wire::open(settings).await?;
    topology.declare(&wire.channel().await?).await?;
    let session = S::open(&wire, topology, settings).await?;
    Ok((wire, session))
}

/// Finds out that a connection is gone or stalls, also when nothing is asked of it.
pub(super) struct Watch {
    ticks: Interval,
    probe_every: Duration,
    probed: Instant,
}

impl Watch {
    const EVERY: Duration = Duration::from_millis(500);

    pub(super) fn new(settings: &RabbitSettings) -> Self {
        let mut ticks = tokio::time::interval(Self::EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            ticks,
            probe_every: settings.heartbeat,
            probed: Instant::now(),
        }
    }

    /// When it is time to [`look`](Self::look).
    pub(super) async fn tick(&mut self) {
        self.ticks.tick().await;
    }

    pub(super) async fn look(&mut self, wire: &Wire, channel: &Channel, topology: &Topology) -> Result<(), Broken> {
        if !wire.stands() || !channel.status().connected() {
            return Err(Broken::new("the connection is gone"));
        }
        // A broker that is short of memory or disk answers nothing; that is no reason to leave it.
        if wire.is_blocked() || self.probed.elapsed() < self.probe_every {
            return Ok(());
        }
        topology.probe(channel).await?;
        self.probed = Instant::now();
        Ok(())
    }
}
