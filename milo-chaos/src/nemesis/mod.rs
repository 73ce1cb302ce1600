//! What breaks things: two hands, one for processes, one for wires, engines and what they keep. Each breaks one thing at a
//! time, mends it, and breaks the next; the seed says what, when and how long.

mod engines;
mod processes;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::client::Client;
use crate::deployment::Deployment;
use crate::gateway::Mood;
use crate::house::Showtime;
use crate::recorder::Recorder;

/// The faults that were made, by kind.
pub(crate) type Made = BTreeMap<String, usize>;

/// What both hands know.
pub(crate) struct Nemesis {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) mood: Arc<Mood>,
    pub(crate) stop: Arc<AtomicBool>,
    /// Showtimes that may be cancelled, and who may.
    pub(crate) cancellable: Mutex<Vec<Showtime>>,
    pub(crate) admin: Client,
    pub(crate) made: Mutex<Made>,
    pub(crate) say: bool,
}

impl Nemesis {
    /// Breaks processes until it is told to stop.
    pub(crate) async fn break_processes(self: Arc<Self>, seed: u64) -> anyhow::Result<()> {
        let mut random = StdRng::seed_from_u64(seed ^ 0x70);
        while self.rests(&mut random).await {
            processes::break_one(&self, &mut random).await?;
        }
        Ok(())
    }

    /// Breaks wires, engines, and what engines keep, until it is told to stop.
    pub(crate) async fn break_engines(self: Arc<Self>, seed: u64) -> anyhow::Result<()> {
        let mut random = StdRng::seed_from_u64(seed ^ 0xe0);
        while self.rests(&mut random).await {
            engines::break_one(&self, &mut random).await?;
        }
        Ok(())
    }

    /// Wipes the store of holds and keeps it away, so that the database is alone with every sale; does nothing else.
    pub(crate) async fn keep_holds_away(self: Arc<Self>) -> anyhow::Result<()> {
        engines::forget(&self).await?;
        let from_us = self.recorder.now_us();
        let holds = self
            .deployment
            .links
            .iter()
            .filter(|link| link.name.ends_with(" to redis"));
        for link in holds {
            link.relay.set(milo_testkit::Wire::Refusing);
            link.relay.cut();
        }
        while !self.stop.load(Ordering::Relaxed) {
            self.wait(Duration::from_millis(200)).await;
        }
        self.recorder.fault("no holds", from_us);
        Ok(())
    }

    /// Between two faults everything works for a moment. Gives whether to go on.
    async fn rests(&self, random: &mut StdRng) -> bool {
        let rest = random.random_range(300..1500);
        self.wait(Duration::from_millis(rest)).await;
        !self.stop.load(Ordering::Relaxed)
    }

    /// Waits; not as long when it is time to stop.
    pub(crate) async fn wait(&self, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while !self.stop.load(Ordering::Relaxed) && tokio::time::Instant::now() < until {
            let left = until - tokio::time::Instant::now();
            tokio::time::sleep(left.min(Duration::from_millis(50))).await;
        }
    }

    /// Counts a fault that is about to be made.
    fn begin(&self, kind: &str, target: &str) -> Fault<'_> {
        *self
            .made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(kind.to_owned())
            .or_default() += 1;
        let from_us = self.recorder.now_us();
        if self.say {
            say(&format!("{:7.1} s  {kind}: {target}", from_us as f64 / 1e6));
        }
        Fault {
            nemesis: self,
            name: format!("{kind}: {target}"),
            from_us,
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

/// A fault that goes on; told to the history when it is over.
struct Fault<'n> {
    nemesis: &'n Nemesis,
    name: String,
    from_us: u64,
}

impl Fault<'_> {
    fn over(self) {
        self.nemesis.recorder.fault(&self.name, self.from_us);
    }

    /// As [`over`](Self::over), of a fault in which the store of holds lost what it knew.
    fn over_and_holds_lost(self) {
        self.nemesis
            .recorder
            .fault(milo_check::events::Fault::HOLDS_LOST, self.from_us);
        self.over();
    }
}

pub(crate) fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "chaos: {text}");
}
