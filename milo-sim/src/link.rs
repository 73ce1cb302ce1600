//! The way from a process to an engine, and what goes wrong on it.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use milo_adapters::layers::{Intent, PortFailure};
use milo_core::ports::PortError;

use crate::executor::{ProcessId, Sim};

/// The network itself: what is on its way goes on when its sender is gone.
pub(crate) const NETWORK: ProcessId = ProcessId(0);

/// After so long without an answer, the caller gives up.
const PATIENCE: Duration = Duration::from_millis(800);

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fate {
    /// It is made and answered.
    Fine,
    /// No connection: it is not made, and the caller knows.
    Unreachable,
    /// It is lost on its way; the caller never knows.
    RequestLost,
    /// It is made; its answer is lost.
    AnswerLost,
    /// It arrives long after the caller has given up.
    Late,
    /// It arrives a second time, later.
    Twice,
    /// It takes long.
    Slow,
    /// The caller dies before it makes the call.
    CrashBefore,
    /// The caller dies after the call was made.
    CrashAfter,
    /// The caller stands still after the call was made.
    Freeze,
}

impl Fate {
    pub(crate) const FAULTS: [Self; 9] = [
        Self::Unreachable,
        Self::RequestLost,
        Self::AnswerLost,
        Self::Late,
        Self::Twice,
        Self::Slow,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Freeze,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Unreachable => "unreachable",
            Self::RequestLost => "request_lost",
            Self::AnswerLost => "answer_lost",
            Self::Late => "late",
            Self::Twice => "twice",
            Self::Slow => "slow",
            Self::CrashBefore => "crash_before",
            Self::CrashAfter => "crash_after",
            Self::Freeze => "freeze",
        }
    }
}

/// How many of a thousand calls meet each fate.
pub(crate) type Odds = Vec<(Fate, u32)>;

/// What all links of a world have in common.
#[derive(Clone)]
pub(crate) struct Weather(Arc<Mutex<Front>>);

struct Front {
    /// By port.
    odds: BTreeMap<&'static str, Odds>,
    is_over: bool,
    counts: BTreeMap<(&'static str, &'static str), u64>,
    /// Processes that died of a call, until somebody asks.
    fallen: Vec<ProcessId>,
}

impl Weather {
    pub(crate) fn new(odds: BTreeMap<&'static str, Odds>) -> Self {
        Self(Arc::new(Mutex::new(Front {
            odds,
            is_over: false,
            counts: BTreeMap::new(),
            fallen: Vec::new(),
        })))
    }

    fn front<T>(&self, act: impl FnOnce(&mut Front) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on everything goes well.
    pub(crate) fn clear_up(&self) {
        self.front(|front| front.is_over = true);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.front(|front| front.is_over)
    }

    /// How often each fate was met, by port.
    pub(crate) fn counts(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        self.front(|front| front.counts.clone())
    }

    /// The processes that died of their calls since this was last asked.
    pub(crate) fn take_fallen(&self) -> Vec<ProcessId> {
        self.front(|front| std::mem::take(&mut front.fallen))
    }

    fn fate(&self, sim: &Sim, port: &'static str) -> Fate {
        let drawn = sim.below(1000) as u32;
        self.front(|front| {
            if front.is_over {
                return Fate::Fine;
            }
            let mut upto = 0;
            let fate = front.odds.get(port).and_then(|odds| {
                odds.iter().find_map(|(fate, share)| {
                    upto += share;
                    (drawn < upto).then_some(*fate)
                })
            });
            let fate = fate.unwrap_or(Fate::Fine);
            if fate != Fate::Fine {
                *front.counts.entry((port, fate.name())).or_default() += 1;
            }
            fate
        })
    }
}

/// A process's way to the engines.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) sim: Sim,
    pub(crate) process: ProcessId,
    pub(crate) weather: Weather,
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Link")
            .field("process", &self.process)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Makes a call, as far as its fate lets it.
    pub(crate) async fn call<T, E, Answer>(
        &self,
        port: &'static str,
        method: &'static str,
        intent: Intent,
        make: impl Fn() -> Answer + Send + Sync,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: PortFailure + 'static,
        Answer: Future<Output = Result<T, E>> + Send + 'static,
    {
        let fate = self.weather.fate(&self.sim, port);
        let process = self.process.0;
        self.sim.note(
            || format!("process {process} {port}.{method} {}", fate.name()),
            &[port, method, fate.name()],
        );
        self.travel().await;
        match fate {
            Fate::Fine => {}
            Fate::Unreachable => return Err(PortError::transient(port, "no connection").into()),
            Fate::RequestLost => return self.give_up(port, intent).await,
            Fate::AnswerLost => {
                let _unheard = make().await;
                return self.give_up(port, intent).await;
            }
            Fate::Late => {
                self.later(make(), Duration::from_secs(15));
                return self.give_up(port, intent).await;
            }
            Fate::Twice => self.later(make(), Duration::from_secs(20)),
            Fate::Slow => {
                let most = PATIENCE.saturating_sub(Duration::from_millis(100));
                self.sim.sleep(self.sim.between(Duration::from_millis(50), most)).await;
            }
            Fate::CrashBefore => return self.die().await,
            Fate::CrashAfter => {
                let _unheard = make().await;
                return self.die().await;
            }
            Fate::Freeze => {
                let answer = make().await;
                let time = self.sim.between(Duration::from_millis(200), Duration::from_secs(12));
                self.sim.freeze(self.process, time);
                self.travel().await;
                return answer;
            }
        }
        let answer = make().await;
        self.travel().await;
        answer
    }

    async fn travel(&self) {
        let time = self.sim.between(Duration::from_micros(50), Duration::from_millis(3));
        self.sim.sleep(time).await;
    }

    async fn give_up<T, E: PortFailure>(&self, port: &'static str, intent: Intent) -> Result<T, E> {
        self.sim.sleep(PATIENCE).await;
        Err(match intent {
            Intent::Read => PortError::transient(port, "no answer came").into(),
            Intent::Write => PortError::outcome_unknown(port, "no answer came").into(),
        })
    }

    /// The call arrives after the caller has gone on.
    fn later<T: Send + 'static>(&self, call: impl Future<Output = T> + Send + 'static, most: Duration) {
        let (sim, wait) = (self.sim.clone(), self.sim.between(Duration::from_millis(1), most));
        self.sim.spawn(NETWORK, async move {
            sim.sleep(wait).await;
            let _unheard = call.await;
        });
    }

    async fn die<T>(&self) -> T {
        self.weather.front(|front| front.fallen.push(self.process));
        self.sim.kill(self.process);
        pending().await
    }
}
