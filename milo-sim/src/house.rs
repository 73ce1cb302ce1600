//! The engines of a world, its catalogue, and the processes that serve it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_adapters::auth::{Argon2Hasher, Argon2Params, JwtSigner, SigningKey};
use milo_adapters::gateway::SimulatedGateway;
use milo_adapters::memory::{MemoryPaymentQueue, MemoryRateLimiter, MemorySeatLocks, MemoryStore, SeededIds};
use milo_adapters::notify::LogNotifier;
use milo_core::conformance::samples;
use milo_core::domain::{SeatId, SeatLayout, Showtime, UserId};
use milo_core::ports::*;
use milo_core::{Milo, Ports};
use rand::RngExt;
use uuid::Uuid;

use crate::executor::{ProcessId, Sim, SimClock};
use crate::history::History;
use crate::link::{Link, NETWORK, Weather};
use crate::remote::Remote;
use crate::swarm::Swarm;

/// One screening and its seats.
#[derive(Clone, Debug)]
pub(crate) struct Hall {
    pub(crate) showtime: Showtime,
    pub(crate) layout: SeatLayout,
    pub(crate) seats: Vec<SeatId>,
}

/// A server, while it runs.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) process: ProcessId,
    pub(crate) milo: Milo,
}

/// Everything of one world.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) sim: Sim,
    pub(crate) swarm: Arc<Swarm>,
    pub(crate) weather: Weather,
    pub(crate) history: History,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) locks: Arc<MemorySeatLocks>,
    pub(crate) queue: Arc<MemoryPaymentQueue>,
    pub(crate) gateway: Arc<SimulatedGateway>,
    pub(crate) halls: Arc<Vec<Hall>>,
    pub(crate) people: Arc<Vec<UserId>>,
    /// The core whose calls never go wrong: for the judgement.
    pub(crate) calm: Milo,
    instances: Arc<Mutex<Vec<Option<Instance>>>>,
    workers: Arc<Mutex<Vec<Option<ProcessId>>>>,
    processes: Arc<Mutex<u32>>,
}

/// Made once: nothing that is simulated signs in.
fn identity() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().expect("this machine makes keys"))
}

fn id<Id: From<Uuid>>(ids: &SeededIds) -> Id {
    Id::from(ids.next_id())
}

impl House {
    /// Opens the house. Nothing is simulated yet: what is done here is done at once.
    pub(crate) async fn open(sim: Sim, swarm: Swarm) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SimClock::new(sim.clone(), SignedDuration::ZERO));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let locks = Arc::new(MemorySeatLocks::new(clock.clone()));
        let queue = Arc::new(MemoryPaymentQueue::new(clock.clone()));
        let gateway = Arc::new(SimulatedGateway::new());
        let ids = Arc::new(SeededIds::new(sim.draw(|chance| chance.random())));
        let halls = open_halls(&store, &ids, &swarm, sim.timestamp()).await;
        let mut people = Vec::with_capacity(swarm.buyers);
        for _ in 0..swarm.buyers {
            people.push(person(&store, &ids).await);
        }
        let locks_port: Arc<dyn SeatLocks> = locks.clone();
        let calm = Ports {
            accounts: store.clone(),
            sessions: store.clone(),
            catalog: store.clone(),
            bookings: store.clone(),
            reviews: store.clone(),
            outbox: store.clone(),
            idempotency: store.clone(),
            locks: locks_port,
            queue: queue.clone(),
            gateway: gateway.clone(),
            hasher: Arc::new(
                Argon2Hasher::new(Argon2Params {
                    memory_kib: 8,
                    passes: 1,
                    lanes: 1,
                })
                .expect("these are allowed"),
            ),
            signer: Arc::new(
                JwtSigner::new(std::slice::from_ref(identity()), "milo", "milo-api", clock.clone())
                    .expect("one key is enough"),
            ),
            notifier: Arc::new(LogNotifier),
            limiter: Arc::new(MemoryRateLimiter::new(clock.clone())),
            clock,
            ids,
            wakeup: Arc::new(NoWakeup),
        };
        Self {
            weather: Weather::new(swarm.odds.clone()),
            history: History::default(),
            store,
            locks,
            queue,
            gateway,
            halls: Arc::new(halls),
            people: Arc::new(people),
            calm: Milo::new(calm, Swarm::policy()),
            instances: Arc::new(Mutex::new(vec![None; swarm.instances])),
            workers: Arc::new(Mutex::new(vec![None; swarm.workers])),
            processes: Arc::new(Mutex::new(NETWORK.0)),
            swarm: Arc::new(swarm),
            sim,
        }
    }

    pub(crate) fn new_process(&self) -> ProcessId {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        *processes += 1;
        ProcessId(*processes)
    }

    /// A core as a process has it: behind links, with a clock of its own.
    fn core(&self, process: ProcessId) -> Milo {
        let link = Link {
            sim: self.sim.clone(),
            process,
            weather: self.weather.clone(),
        };
        let calm = self.calm.ports();
        let most = i64::try_from(self.swarm.skew.as_millis()).unwrap_or(i64::MAX);
        let skew = SignedDuration::from_millis(self.sim.draw(|chance| chance.random_range(-most..=most)));
        let ports = Ports {
            bookings: Remote::<dyn BookingStore>::new(calm.bookings.clone(), &link),
            locks: Remote::<dyn SeatLocks>::new(calm.locks.clone(), &link),
            queue: Remote::<dyn PaymentQueue>::new(calm.queue.clone(), &link),
            gateway: Remote::<dyn PaymentGateway>::new(calm.gateway.clone(), &link),
            outbox: Remote::<dyn Outbox>::new(calm.outbox.clone(), &link),
            notifier: Remote::<dyn Notifier>::new(calm.notifier.clone(), &link),
            clock: Arc::new(SimClock::new(self.sim.clone(), skew)),
            ids: Arc::new(SeededIds::new(self.sim.draw(|chance| chance.random()))),
            ..calm.clone()
        };
        Milo::new(ports, Swarm::policy())
    }

    fn servers<T>(&self, act: impl FnOnce(&mut Vec<Option<Instance>>) -> T) -> T {
        act(&mut self.instances.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn working<T>(&self, act: impl FnOnce(&mut Vec<Option<ProcessId>>) -> T) -> T {
        act(&mut self.workers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One of the servers, if it runs.
    pub(crate) fn instance(&self) -> Option<Instance> {
        let place = self.sim.below(self.swarm.instances);
        self.servers(|servers| servers[place].clone())
    }

    /// Whether everything that should run does.
    pub(crate) fn is_complete(&self) -> bool {
        self.servers(|servers| servers.iter().all(Option::is_some))
            && self.working(|workers| workers.iter().all(Option::is_some))
    }

    /// One of the processes that run, to do something to.
    pub(crate) fn victim(&self) -> Option<ProcessId> {
        let mut running: Vec<ProcessId> =
            self.servers(|servers| servers.iter().flatten().map(|server| server.process).collect());
        running.extend(self.working(|workers| workers.iter().flatten().copied().collect::<Vec<_>>()));
        let pick = self.sim.below(running.len());
        running.get(pick).copied()
    }

    /// A process is gone.
    pub(crate) fn lost(&self, gone: ProcessId) {
        self.servers(|servers| {
            for server in servers.iter_mut() {
                if server.as_ref().is_some_and(|server| server.process == gone) {
                    *server = None;
                }
            }
        });
        self.working(|workers| {
            for worker in workers.iter_mut() {
                if *worker == Some(gone) {
                    *worker = None;
                }
            }
        });
    }

    /// Starts what does not run.
    pub(crate) fn start_missing(&self) {
        for place in 0..self.swarm.instances {
            if self.servers(|servers| servers[place].is_none()) {
                let process = self.new_process();
                let milo = self.core(process);
                self.servers(|servers| servers[place] = Some(Instance { process, milo }));
            }
        }
        for place in 0..self.swarm.workers {
            if self.working(|workers| workers[place].is_none()) {
                let process = self.new_process();
                self.working(|workers| workers[place] = Some(process));
                self.work(process);
            }
        }
    }

    /// The loops of a worker.
    fn work(&self, process: ProcessId) {
        let jobs = self.core(process).jobs();
        let pace = self.swarm.pace;
        self.drive(process, jobs.outbox_relay(), pace);
        self.drive(process, jobs.payment_processor(Duration::ZERO), pace / 2);
        self.drive(process, jobs.reconciler(), pace * 4);
        self.drive(process, jobs.reservation_expiry(), pace * 3);
        self.drive(process, jobs.showtime_cancellation(), pace * 3);
        self.drive(process, jobs.hold_sweep(), pace * 8);
        self.drive(process, jobs.key_purge(), pace * 30);
    }

    fn drive(&self, process: ProcessId, job: impl milo_core::jobs::Job + 'static, pace: Duration) {
        let house = self.clone();
        self.sim.spawn(process, async move {
            loop {
                let more = match job.run_once().await {
                    Ok(report) => report.more,
                    Err(error) => {
                        house
                            .history
                            .count(format!("job {} failed: {:?}", job.kind().as_str(), error.failure));
                        false
                    }
                };
                let wait = if more {
                    Duration::from_millis(1)
                } else {
                    house.sim.between(pace / 2, pace * 3 / 2)
                };
                house.sim.sleep(wait).await;
            }
        });
    }

    /// A person whom nobody has seen before.
    pub(crate) async fn stranger(&self) -> UserId {
        let ids = SeededIds::new(self.sim.draw(|chance| chance.random()));
        person(&self.store, &ids).await
    }
}

async fn person(store: &MemoryStore, ids: &SeededIds) -> UserId {
    let mut account = samples::account();
    account.id = id(ids);
    store.create(&account).await.expect("nobody has the account yet");
    account.id
}

async fn open_halls(store: &MemoryStore, ids: &SeededIds, swarm: &Swarm, now: Timestamp) -> Vec<Hall> {
    let mut movie = samples::movie("Film");
    movie.id = id(ids);
    store.add_movie(&movie).await.expect("the first film");
    let mut theater = samples::theater("Theater");
    theater.id = id(ids);
    store.add_theater(&theater).await.expect("the first theater");
    let mut halls = Vec::new();
    for number in 0..swarm.showtimes {
        let mut screen = samples::screen(theater.id, &format!("Screen {number}"));
        screen.id = id(ids);
        store.add_screen(&screen).await.expect("a new screen");
        let layout = samples::plan(&swarm.rows).lay_out(screen.id, None, || id(ids));
        store
            .change_layout(&layout, screen.version)
            .await
            .expect("a screen without seats");
        let is_last = number + 1 == swarm.showtimes;
        let starts_in = if is_last && swarm.starts_soon {
            swarm.storm * 2 / 3
        } else {
            Duration::from_hours(24)
        };
        let starts_at = now.checked_add(starts_in).expect("within the calendar");
        let mut showtime = samples::showtime(&movie, &screen, starts_at);
        showtime.id = id(ids);
        store.add_showtime(&showtime).await.expect("a new showtime");
        let mut seats: Vec<SeatId> = layout.seats().map(|seat| seat.id).collect();
        seats.sort_unstable();
        halls.push(Hall {
            showtime,
            layout,
            seats,
        });
    }
    halls
}

/// Which seat costs what.
pub(crate) fn costs(showtime: &Showtime, layout: &SeatLayout) -> BTreeMap<SeatId, milo_core::domain::Money> {
    layout
        .seats()
        .filter_map(|seat| Some((seat.id, showtime.prices.of(seat.kind)?)))
        .collect()
}
