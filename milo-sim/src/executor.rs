//! One thread, one virtual clock, one source of chance: the same seed gives the same run, step by step.
//!
//! Tasks belong to processes. A process can be killed: its futures are dropped wherever they wait, which is what a crash, or a client that hangs up,
//! does to them. It can stand still as well, and go on later as if nothing had been. Of all tasks that could go on, chance picks the next; the clock
//! moves only when none can.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milo_core::ports::Clock;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// When every run begins.
const EPOCH: Timestamp = Timestamp::constant(1_767_603_600, 0);

type BoxedTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What lives and dies together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ProcessId(pub(crate) u32);

/// A task of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskId {
    slot: usize,
    generation: u64,
}

/// The simulated world's time, chance and tasks. Clones are the same world.
#[derive(Clone)]
pub(crate) struct Sim(Arc<World>);

struct World {
    state: Mutex<State>,
    /// Tasks that were woken. Not part of the state, because wakers come from everywhere.
    woken: Mutex<Vec<TaskId>>,
}

struct State {
    /// Microseconds since the beginning.
    now: u64,
    chance: StdRng,
    slots: Vec<Slot>,
    free: Vec<usize>,
    ready: Vec<TaskId>,
    timers: BinaryHeap<Reverse<Timer>>,
    timers_made: u64,
    /// Processes that stand still, and until when.
    frozen: BTreeMap<ProcessId, u64>,
    doomed: Vec<ProcessId>,
    /// What happened, in one number: two runs that differ anywhere differ here.
    trace: u64,
    steps: u64,
    log: Option<Vec<String>>,
}

#[derive(Default)]
struct Slot {
    generation: u64,
    process: Option<ProcessId>,
    task: Option<BoxedTask>,
    is_ready: bool,
}

struct Timer {
    at: u64,
    number: u64,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Timer {}
impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

struct TaskWaker {
    world: std::sync::Weak<World>,
    task: TaskId,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if let Some(world) = self.world.upgrade() {
            lock(&world.woken).push(self.task);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

impl Sim {
    pub(crate) fn new(seed: u64, keeps_log: bool) -> Self {
        Self(Arc::new(World {
            woken: Mutex::default(),
            state: Mutex::new(State {
                now: 0,
                chance: StdRng::seed_from_u64(seed),
                slots: Vec::new(),
                free: Vec::new(),
                ready: Vec::new(),
                timers: BinaryHeap::new(),
                timers_made: 0,
                frozen: BTreeMap::new(),
                doomed: Vec::new(),
                trace: 0xcbf2_9ce4_8422_2325,
                steps: 0,
                log: keeps_log.then(Vec::new),
            }),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }

    /// Microseconds since the beginning.
    pub(crate) fn micros(&self) -> u64 {
        self.state().now
    }

    pub(crate) fn timestamp(&self) -> Timestamp {
        at(self.micros())
    }

    /// Draws from the run's chance.
    pub(crate) fn draw<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.state().chance)
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        self.draw(|chance| chance.random_range(0..end.max(1)))
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(crate) fn happens(&self, permille: u32) -> bool {
        permille > 0 && self.draw(|chance| chance.random_range(0..1000) < permille)
    }

    pub(crate) fn between(&self, least: Duration, most: Duration) -> Duration {
        let (least, most) = (micros(least), micros(most));
        Duration::from_micros(self.draw(|chance| chance.random_range(least..=most.max(least))))
    }

    /// Notes that something happened: part of the trace.
    pub(crate) fn note(&self, what: impl FnOnce() -> String, mark: &[&str]) {
        let mut state = self.state();
        let mut trace = state.trace ^ state.now;
        for byte in mark.iter().flat_map(|mark| mark.bytes()) {
            trace = (trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        state.trace = trace;
        let now = state.now;
        if let Some(log) = &mut state.log {
            log.push(format!("{:>12.6} {}", now as f64 / 1e6, what()));
        }
    }

    /// What happened, in one number.
    pub(crate) fn trace(&self) -> u64 {
        let state = self.state();
        state.trace ^ state.steps.rotate_left(32)
    }

    pub(crate) fn steps(&self) -> u64 {
        self.state().steps
    }

    pub(crate) fn take_log(&self) -> Vec<String> {
        self.state().log.take().unwrap_or_default()
    }

    pub(crate) fn spawn(&self, process: ProcessId, task: impl Future<Output = ()> + Send + 'static) -> TaskId {
        let mut state = self.state();
        let slot = state.free.pop().unwrap_or_else(|| {
            state.slots.push(Slot::default());
            state.slots.len() - 1
        });
        let entry = &mut state.slots[slot];
        entry.process = Some(process);
        entry.task = Some(Box::pin(task));
        entry.is_ready = true;
        let id = TaskId {
            slot,
            generation: entry.generation,
        };
        state.ready.push(id);
        id
    }

    /// Drops a task wherever it waits.
    pub(crate) fn abort(&self, task: TaskId) {
        let dropped = {
            let mut state = self.state();
            let is_same = state.slots[task.slot].generation == task.generation;
            is_same.then(|| state.end(task.slot))
        };
        drop(dropped);
    }

    /// Ends a process: at the end of the present step, all its tasks are dropped.
    pub(crate) fn kill(&self, process: ProcessId) {
        self.state().doomed.push(process);
    }

    /// A process stands still until then.
    pub(crate) fn freeze(&self, process: ProcessId, time: Duration) {
        let mut state = self.state();
        let until = state.now + micros(time);
        state.frozen.insert(process, until);
    }

    pub(crate) fn sleep(&self, time: Duration) -> Sleep {
        Sleep {
            sim: self.clone(),
            at: self.micros().saturating_add(micros(time)),
            is_set: false,
        }
    }

    /// Lets the world go on until `done` holds or the time has come; whether `done` holds.
    pub(crate) fn run(&self, time: Duration, mut done: impl FnMut() -> bool) -> bool {
        let end = self.micros().saturating_add(micros(time));
        loop {
            if done() {
                return true;
            }
            self.take_woken();
            self.bury();
            if let Some((id, mut task)) = self.next_task() {
                let waker = self.waker(id);
                let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
                self.put_back(id, task, polled.is_ready());
            } else if !self.move_on(end) {
                return done();
            }
        }
    }

    /// Drops everything, so that nothing of this world outlives it.
    pub(crate) fn end(&self) {
        let dropped: Vec<_> = {
            let mut state = self.state();
            state.timers.clear();
            (0..state.slots.len()).map(|slot| state.end(slot)).collect()
        };
        drop(dropped);
    }

    fn waker(&self, task: TaskId) -> Waker {
        Waker::from(Arc::new(TaskWaker {
            world: Arc::downgrade(&self.0),
            task,
        }))
    }

    fn take_woken(&self) {
        let woken = std::mem::take(&mut *lock(&self.0.woken));
        let mut state = self.state();
        for task in woken {
            state.make_ready(task);
        }
    }

    fn bury(&self) {
        let mut dropped = Vec::new();
        {
            let mut state = self.state();
            while let Some(process) = state.doomed.pop() {
                state.frozen.remove(&process);
                for slot in 0..state.slots.len() {
                    if state.slots[slot].process == Some(process) {
                        dropped.push(state.end(slot));
                    }
                }
            }
        }
        drop(dropped);
    }

    fn next_task(&self) -> Option<(TaskId, BoxedTask)> {
        let mut state = self.state();
        while !state.ready.is_empty() {
            let count = state.ready.len();
            let pick = if count == 1 {
                0
            } else {
                state.chance.random_range(0..count)
            };
            let id = state.ready.swap_remove(pick);
            let slot = &mut state.slots[id.slot];
            if slot.generation != id.generation {
                continue;
            }
            slot.is_ready = false;
            let process = slot.process;
            if let Some(until) = process.and_then(|process| state.frozen.get(&process).copied()) {
                if until > state.now {
                    let waker = self.waker(id);
                    state.set_timer(until, waker);
                    continue;
                }
                process.map(|process| state.frozen.remove(&process));
            }
            let Some(task) = state.slots[id.slot].task.take() else {
                continue;
            };
            state.steps += 1;
            return Some((id, task));
        }
        None
    }

    fn put_back(&self, id: TaskId, task: BoxedTask, is_over: bool) {
        let mut state = self.state();
        if state.slots[id.slot].generation != id.generation {
            drop(state);
            return drop(task);
        }
        if is_over {
            let ended = state.end(id.slot);
            drop(state);
            drop((ended, task));
        } else {
            state.slots[id.slot].task = Some(task);
        }
    }

    /// Moves the clock to the next timer, at most to `end`; whether there was one.
    fn move_on(&self, end: u64) -> bool {
        let mut due = Vec::new();
        {
            let mut state = self.state();
            match state.timers.peek() {
                Some(Reverse(timer)) if timer.at <= end => state.now = state.now.max(timer.at),
                _ => {
                    state.now = state.now.max(end);
                    return false;
                }
            }
            while let Some(Reverse(timer)) = state.timers.peek()
                && timer.at <= state.now
            {
                due.extend(state.timers.pop().map(|Reverse(timer)| timer.waker));
            }
        }
        due.into_iter().for_each(Waker::wake);
        true
    }
}

impl State {
    fn make_ready(&mut self, task: TaskId) {
        let slot = &mut self.slots[task.slot];
        if slot.generation == task.generation && !slot.is_ready {
            slot.is_ready = true;
            self.ready.push(task);
        }
    }

    fn set_timer(&mut self, at: u64, waker: Waker) {
        self.timers_made += 1;
        let number = self.timers_made;
        self.timers.push(Reverse(Timer { at, number, waker }));
    }

    /// Ends whatever is in a slot; gives it out, to be dropped without the lock.
    fn end(&mut self, slot: usize) -> Option<BoxedTask> {
        let entry = &mut self.slots[slot];
        if entry.process.take().is_some() {
            entry.generation += 1;
            entry.is_ready = false;
            self.free.push(slot);
        }
        self.slots[slot].task.take()
    }
}

fn at(micros: u64) -> Timestamp {
    let passed = SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
    EPOCH.saturating_add(passed).unwrap_or(Timestamp::MAX)
}

/// Ends when its time has come.
pub(crate) struct Sleep {
    sim: Sim,
    at: u64,
    is_set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let sim = self.sim.clone();
        let mut state = sim.state();
        if state.now >= self.at {
            return Poll::Ready(());
        }
        if !self.is_set {
            self.is_set = true;
            state.set_timer(self.at, context.waker().clone());
        }
        Poll::Pending
    }
}

/// A clock of one machine of the world: it may go wrong by a fixed amount.
#[derive(Clone)]
pub(crate) struct SimClock {
    sim: Sim,
    skew: SignedDuration,
}

impl SimClock {
    pub(crate) const fn new(sim: Sim, skew: SignedDuration) -> Self {
        Self { sim, skew }
    }
}

impl std::fmt::Debug for SimClock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SimClock").finish_non_exhaustive()
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let now = self.sim.timestamp();
        now.saturating_add(self.skew).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(seed: u64) -> (Vec<usize>, u64) {
        let sim = Sim::new(seed, false);
        let seen = Arc::new(Mutex::new(Vec::new()));
        for number in 0..20 {
            let (inner, seen) = (sim.clone(), seen.clone());
            sim.spawn(ProcessId(1), async move {
                inner.sleep(Duration::from_millis(5)).await;
                lock(&seen).push(number);
            });
        }
        sim.run(Duration::from_secs(1), || false);
        let seen = lock(&seen).clone();
        (seen, sim.trace())
    }

    #[test]
    fn the_same_seed_gives_the_same_order_and_another_seed_another() {
        assert_eq!(order(1), order(1));
        assert_ne!(order(1).0, order(2).0);
    }

    #[test]
    fn the_clock_jumps_to_the_next_timer_and_no_further_than_it_was_told() {
        let sim = Sim::new(1, false);
        let inner = sim.clone();
        sim.spawn(ProcessId(1), async move { inner.sleep(Duration::from_secs(50)).await });
        assert!(!sim.run(Duration::from_secs(20), || false));
        assert_eq!(sim.micros(), 20_000_000);
        assert!(sim.run(Duration::from_secs(60), || sim.micros() >= 50_000_000));
        assert_eq!(sim.micros(), 50_000_000);
    }

    /// Counts how often it is dropped.
    struct Witness(Arc<Mutex<usize>>);

    impl Drop for Witness {
        fn drop(&mut self) {
            *lock(&self.0) += 1;
        }
    }

    #[test]
    fn a_process_that_is_killed_drops_what_it_held_and_others_do_not() {
        let (sim, dropped) = (Sim::new(1, false), Arc::new(Mutex::new(0)));
        for process in [1, 1, 2] {
            let (inner, witness) = (sim.clone(), Witness(dropped.clone()));
            sim.spawn(ProcessId(process), async move {
                let _witness = witness;
                inner.sleep(Duration::from_secs(50)).await;
            });
        }
        sim.run(Duration::from_secs(1), || false);
        sim.kill(ProcessId(1));
        sim.run(Duration::from_secs(1), || false);
        assert_eq!(*lock(&dropped), 2);
        sim.end();
        assert_eq!(*lock(&dropped), 3);
    }

    #[test]
    fn a_process_that_stands_still_goes_on_later() {
        let (sim, seen) = (Sim::new(1, false), Arc::new(Mutex::new(0)));
        let (inner, noted) = (sim.clone(), seen.clone());
        sim.spawn(ProcessId(1), async move {
            inner.sleep(Duration::from_secs(1)).await;
            *lock(&noted) = inner.micros();
        });
        sim.freeze(ProcessId(1), Duration::from_secs(7));
        sim.run(Duration::from_secs(60), || false);
        assert_eq!(*lock(&seen), 8_000_000);
    }
}
