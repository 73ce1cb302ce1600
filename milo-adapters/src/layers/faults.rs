//! Faults on purpose, for tests and simulations.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use milo_core::ports::PortError;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Layer, Layered, Operation, PortFailure};

/// A port whose calls go wrong as a [`FaultPlan`] says. Several ports may share one plan.
pub type Faulty<P> = Layered<P, Arc<FaultPlan>>;

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It is not made, and refused for good.
    Refused,
    /// It is not made, and fails as transient.
    Transient,
    /// It is made, and its answer is lost: outcome unknown.
    LostAnswer,
    /// It is made twice, one after the other; the second answer is given.
    Repeat,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Transient, Self::LostAnswer, Self::Repeat];
}

/// How many of a thousand calls go wrong in each way; what is left of the thousand goes well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultOdds {
    /// [`Fault::Refused`].
    pub refused: u16,
    /// [`Fault::Transient`].
    pub transient: u16,
    /// [`Fault::LostAnswer`].
    pub lost_answer: u16,
    /// [`Fault::Repeat`].
    pub repeat: u16,
}

/// Which call goes wrong. Counting begins at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultAt {
    /// The call with this index in [`FaultPlan::calls`], whatever it is.
    Step(usize),
    /// The `nth` call of one operation of one port.
    Call {
        /// The port, such as `booking_store`.
        port: &'static str,
        /// The operation, such as `place`.
        operation: &'static str,
        /// How many calls of it go well first.
        nth: usize,
    },
}

/// Decides which calls go wrong, and remembers every call: the same plan and the same calls give the same faults.
///
/// To try every crash point of a run, record it once with [`quiet`](Self::quiet), then repeat it once for each of its
/// calls with that [step](FaultAt::Step) failing.
#[derive(Debug)]
pub struct FaultPlan {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    chooser: Chooser,
    calls: Vec<(&'static str, &'static str)>,
    counts: HashMap<(&'static str, &'static str), usize>,
    faults: Vec<(usize, Fault)>,
}

#[derive(Debug)]
enum Chooser {
    Quiet,
    Seeded(Box<StdRng>, FaultOdds),
    Scripted(Vec<(FaultAt, Fault)>),
}

impl FaultPlan {
    /// Nothing goes wrong; calls are remembered.
    pub fn quiet() -> Arc<Self> {
        Self::new(Chooser::Quiet)
    }

    /// Calls go wrong at random, but the same way for the same `seed` and the same order of calls.
    pub fn seeded(seed: u64, odds: FaultOdds) -> Arc<Self> {
        Self::new(Chooser::Seeded(Box::new(StdRng::seed_from_u64(seed)), odds))
    }

    /// Exactly the calls named go wrong.
    pub fn scripted(faults: impl IntoIterator<Item = (FaultAt, Fault)>) -> Arc<Self> {
        Self::new(Chooser::Scripted(faults.into_iter().collect()))
    }

    fn new(chooser: Chooser) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                chooser,
                calls: Vec::new(),
                counts: HashMap::new(),
                faults: Vec::new(),
            }),
        })
    }

    /// Every call so far, port and operation, in the order they began.
    pub fn calls(&self) -> Vec<(&'static str, &'static str)> {
        self.state().calls.clone()
    }

    /// Every fault so far: the index of its call, and what went wrong.
    pub fn faults(&self) -> Vec<(usize, Fault)> {
        self.state().faults.clone()
    }

    /// Nothing goes wrong from here on: the world is well again, and what is under way can come to its end.
    pub fn heal(&self) {
        self.state().chooser = Chooser::Quiet;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, operation: Operation) -> Option<Fault> {
        self.state().next(operation)
    }
}

impl State {
    fn next(&mut self, operation: Operation) -> Option<Fault> {
        let step = self.calls.len();
        let call = (operation.port, operation.name);
        self.calls.push(call);
        let count = self.counts.entry(call).or_default();
        let nth = *count;
        *count += 1;
        let fault = match &mut self.chooser {
            Chooser::Quiet => None,
            Chooser::Seeded(random, odds) => odds.pick(random.random_range(0..1000)),
            Chooser::Scripted(script) => {
                let here = [
                    FaultAt::Step(step),
                    FaultAt::Call {
                        port: operation.port,
                        operation: operation.name,
                        nth,
                    },
                ];
                script.iter().find(|(at, _)| here.contains(at)).map(|(_, fault)| *fault)
            }
        };
        self.faults.extend(fault.map(|fault| (step, fault)));
        fault
    }
}

impl FaultOdds {
    fn pick(&self, drawn: u16) -> Option<Fault> {
        let shares = [
            (self.refused, Fault::Refused),
            (self.transient, Fault::Transient),
            (self.lost_answer, Fault::LostAnswer),
            (self.repeat, Fault::Repeat),
        ];
        let mut upto = 0_u16;
        shares.into_iter().find_map(|(share, fault)| {
            upto = upto.saturating_add(share);
            (drawn < upto).then_some(fault)
        })
    }
}

impl Layer for Arc<FaultPlan> {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        match self.next(operation) {
            None => run().await,
            Some(Fault::Refused) => Err(PortError::refused(operation.port, "refused on purpose").into()),
            Some(Fault::Transient) => Err(PortError::transient(operation.port, "failed on purpose").into()),
            Some(Fault::LostAnswer) => {
                let _lost = run().await;
                Err(PortError::outcome_unknown(operation.port, "the answer was lost on purpose").into())
            }
            Some(Fault::Repeat) => {
                let _first = run().await;
                run().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use milo_core::domain::{MessageId, Notice, ReservationId, UserId};
    use milo_core::ports::{Failure, MockNotifier, Notification, Notifier, PaymentGateway};
    use uuid::Uuid;

    use super::*;
    use crate::gateway::SimulatedGateway;

    fn notification() -> Notification {
        Notification {
            id: MessageId(Uuid::nil()),
            user: UserId(Uuid::nil()),
            reservation: ReservationId(Uuid::nil()),
            notice: Notice::Confirmed,
        }
    }

    /// A notifier that must be asked exactly so often.
    fn notifier(times: usize, plan: &Arc<FaultPlan>) -> Faulty<dyn Notifier> {
        let mut inner = MockNotifier::new();
        inner.expect_send().times(times).returning(|_| Ok(()));
        Faulty::new(Arc::new(inner), Arc::clone(plan))
    }

    async fn failure_of(times: usize, fault: Fault) -> Option<Failure> {
        let plan = FaultPlan::scripted([(FaultAt::Step(0), fault)]);
        let answer = notifier(times, &plan).send(&notification()).await;
        assert_eq!(plan.faults(), [(0, fault)]);
        answer.err().map(|error| error.failure)
    }

    #[tokio::test]
    async fn each_fault_makes_the_call_as_often_as_it_says() {
        assert_eq!(failure_of(0, Fault::Refused).await, Some(Failure::Refused));
        assert_eq!(failure_of(0, Fault::Transient).await, Some(Failure::Transient));
        assert_eq!(failure_of(1, Fault::LostAnswer).await, Some(Failure::OutcomeUnknown));
        assert_eq!(failure_of(2, Fault::Repeat).await, None);
    }

    #[tokio::test]
    async fn a_script_names_the_nth_call_of_an_operation() {
        let at = FaultAt::Call {
            port: "notifier",
            operation: "send",
            nth: 2,
        };
        let plan = FaultPlan::scripted([(at, Fault::Transient)]);
        let notifier = notifier(3, &plan);

        let mut answers = Vec::new();
        for _ in 0..4 {
            answers.push(notifier.send(&notification()).await.is_ok());
        }

        assert_eq!(answers, [true, true, false, true]);
    }

    #[tokio::test]
    async fn ports_that_share_a_plan_share_its_record() {
        let plan = FaultPlan::quiet();
        let gateway: Faulty<dyn PaymentGateway> = Faulty::new(Arc::new(SimulatedGateway::new()), Arc::clone(&plan));

        gateway.lookup(milo_core::domain::PaymentId(Uuid::nil())).await.unwrap();
        notifier(1, &plan).send(&notification()).await.unwrap();

        assert_eq!(plan.calls(), [("payment_gateway", "lookup"), ("notifier", "send")]);
        assert!(plan.faults().is_empty());
    }

    #[tokio::test]
    async fn a_seed_fails_the_same_calls_again_and_another_seed_others() {
        let odds = FaultOdds {
            refused: 50,
            transient: 100,
            lost_answer: 100,
            repeat: 50,
        };
        let mut runs = Vec::new();
        for seed in [7, 7, 8] {
            let plan = FaultPlan::seeded(seed, odds);
            let gateway: Faulty<dyn PaymentGateway> = Faulty::new(Arc::new(SimulatedGateway::new()), Arc::clone(&plan));
            for _ in 0..1000 {
                let _answer = gateway.lookup(milo_core::domain::PaymentId(Uuid::nil())).await;
            }
            runs.push(plan.faults());
        }

        assert_eq!(runs[0], runs[1]);
        assert_ne!(runs[0], runs[2]);
        for fault in Fault::ALL {
            let share = runs[0].iter().filter(|(_, kind)| *kind == fault).count();
            assert!((10..=200).contains(&share), "{fault:?} {share}");
        }
    }

    #[tokio::test]
    async fn a_healed_world_stays_well() {
        let always = FaultOdds {
            transient: 1000,
            ..FaultOdds::default()
        };
        let plan = FaultPlan::seeded(1, always);
        let notifier = notifier(1, &plan);
        notifier.send(&notification()).await.unwrap_err();

        plan.heal();

        notifier.send(&notification()).await.unwrap();
    }
}
