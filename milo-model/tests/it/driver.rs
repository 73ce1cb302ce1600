//! The model's payment machine decides what the real one does.
//!
//! The real reconciler is handed every booking that can be claimed, over a store and a gateway that write down what they
//! are asked; whatever it asks and writes, the model must have decided as well.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use milo_adapters::assembly::{AdapterSettings, Embedded};
use milo_core::domain::*;
use milo_core::jobs::Job;
use milo_core::policy::Policy;
use milo_core::ports::*;
use milo_core::{Milo, Ports};
use milo_model::rules::{Case, Do, Effect, TRIES_MAX, abstracted, effect};
use milo_model::world::{Operation, Phase};
use milo_model::{decide, done, step_of, step_of_silence};

const EPOCH: LeaseEpoch = LeaseEpoch(7);

/// What a call comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Done,
    Refused,
    Silent,
}

/// One situation that a worker can meet.
#[derive(Clone, Copy, Debug)]
struct Situation {
    case: Case,
    too_late: bool,
    /// What a look-up says; none if it fails.
    looked_up: Option<GatewayStatus>,
    call: Call,
    showtime_open: bool,
}

/// What the machine was seen to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    asked: Vec<&'static str>,
    wrote: Vec<Effect>,
}

#[derive(Debug)]
struct Scripted {
    situation: Situation,
    seen: Mutex<Seen>,
}

impl Scripted {
    fn note(&self, write: impl FnOnce(&mut Seen)) {
        write(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn answer(&self, operation: &'static str) -> Result<(), GatewayError> {
        self.note(|seen| seen.asked.push(operation));
        match self.situation.call {
            Call::Done => Ok(()),
            Call::Refused => Err(GatewayError::Refused(PaymentFailure::parse("card_declined").unwrap())),
            Call::Silent => Err(PortError::outcome_unknown("payment_gateway", "no answer").into()),
        }
    }
}

#[async_trait]
impl PaymentGateway for Scripted {
    async fn authorize(&self, authorization: &Authorization) -> Result<(), GatewayError> {
        assert_eq!(
            authorization.key,
            format!("milo:{}:auth", authorization.payment),
            "a key belongs to its operation"
        );
        self.answer("authorize")
    }

    async fn capture(&self, _: PaymentId, _: Money) -> Result<(), GatewayError> {
        self.answer("capture")
    }

    async fn close(&self, _: PaymentId) -> Result<(), GatewayError> {
        self.answer("close")
    }

    async fn refund(&self, _: PaymentId, _: Money) -> Result<(), GatewayError> {
        self.answer("refund")
    }

    async fn lookup(&self, _: PaymentId) -> Result<GatewayStatus, GatewayError> {
        self.note(|seen| seen.asked.push("look up"));
        let silent = || PortError::outcome_unknown("payment_gateway", "no answer").into();
        self.situation.looked_up.ok_or_else(silent)
    }
}

#[async_trait]
impl BookingStore for Scripted {
    async fn claim_due_payments(&self, _: usize, _: Duration) -> Result<Vec<Claim>, PortError> {
        let mut booking = self.situation.case.booking();
        booking.payment.began_at = Some(jiff::Timestamp::UNIX_EPOCH);
        let passed = if self.situation.too_late {
            jiff::SignedDuration::from_hours(1)
        } else {
            jiff::SignedDuration::ZERO
        };
        Ok(vec![Claim {
            booking,
            epoch: EPOCH,
            now: jiff::Timestamp::UNIX_EPOCH + passed,
        }])
    }

    async fn apply(&self, transition: &Transition) -> Result<Booking, ApplyError> {
        assert_eq!(transition.lease, Some(EPOCH), "a worker writes under its lease");
        assert_eq!(
            transition.expected,
            Version::FIRST,
            "a worker writes what it decided on what it read"
        );
        self.note(|seen| seen.wrote.push(abstracted(transition)));
        if transition.guard == Guard::ShowtimeOpen && !self.situation.showtime_open {
            Err(ApplyError::GuardFailed)
        } else {
            // One step is enough: somebody else has moved, and has the lease.
            Err(ApplyError::Stale)
        }
    }

    async fn claimed(&self, _: PaymentId, epoch: LeaseEpoch) -> Result<Option<Claim>, PortError> {
        assert_eq!(epoch, EPOCH);
        Ok(None)
    }

    async fn place(&self, _: &Placement) -> Result<Placed, PlaceError> {
        panic!("a worker places nothing")
    }

    async fn booking(&self, _: ReservationId) -> Result<Option<Booking>, PortError> {
        panic!("a worker reads under its lease")
    }

    async fn by_hold(&self, _: UserId, _: HoldId) -> Result<Option<Booking>, PortError> {
        panic!("a worker reads under its lease")
    }

    async fn by_key(&self, _: UserId, _: &IdempotencyKey) -> Result<Option<(Booking, Fingerprint)>, PortError> {
        panic!("a worker reads under its lease")
    }

    async fn bookings_of(&self, _: UserId, _: &PageRequest) -> Result<Page<Booking>, PortError> {
        panic!("a worker reads under its lease")
    }

    async fn taken_seats(&self, _: ShowtimeId) -> Result<Vec<TakenSeat>, PortError> {
        panic!("a worker reads under its lease")
    }

    async fn claim_payment(&self, _: PaymentId, _: Duration) -> Result<Option<Claim>, PortError> {
        panic!("the reconciler takes what is due")
    }

    async fn expired(&self, _: usize) -> Result<Vec<Booking>, PortError> {
        panic!("a worker expires nothing")
    }

    async fn stranded(&self, _: usize) -> Result<Vec<Booking>, PortError> {
        panic!("a worker cancels no showtime")
    }

    async fn has_watched(&self, _: UserId, _: MovieId) -> Result<bool, PortError> {
        panic!("a worker reviews nothing")
    }

    async fn payment_backlog(&self) -> Result<Backlog, PortError> {
        panic!("a worker measures nothing")
    }
}

/// What the real machine does.
async fn real(situation: Situation, ports: &Ports) -> Seen {
    let scripted = Arc::new(Scripted {
        situation,
        seen: Mutex::default(),
    });
    let ports = Ports {
        bookings: scripted.clone(),
        gateway: scripted.clone(),
        ..ports.clone()
    };
    let mut policy = Policy::default();
    policy.payment_retry.attempts_max = u32::from(TRIES_MAX);
    Milo::new(ports, policy).jobs().reconciler().run_once().await.unwrap();
    let seen = scripted.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.clone()
}

fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Authorize => "authorize",
        Operation::Capture => "capture",
        Operation::Close => "close",
        Operation::Refund => "refund",
    }
}

/// What the model's machine does.
fn modelled(situation: Situation) -> Seen {
    let Situation {
        case,
        too_late,
        looked_up,
        call,
        showtime_open,
    } = situation;
    let mut seen = Seen::default();
    let mut phase = decide(case, too_late);
    let mut write = |step: Do| seen.wrote.extend(effect(case, step));
    loop {
        phase = match phase {
            None => break,
            Some(Phase::LookUp(operation)) => {
                seen.asked.push("look up");
                Some(match looked_up {
                    None => Phase::Write(step_of_silence(case)),
                    Some(status) if done(operation) == Some(status) => Phase::Write(step_of(operation, false)),
                    Some(_) => Phase::Ask(operation),
                })
            }
            Some(Phase::Ask(operation)) => {
                seen.asked.push(name(operation));
                Some(Phase::Write(match call {
                    Call::Done => step_of(operation, false),
                    Call::Refused => step_of(operation, true),
                    Call::Silent => step_of_silence(case),
                }))
            }
            Some(Phase::Write(step)) => {
                write(step);
                if step == Do::Capture && !showtime_open {
                    write(Do::VoidUnseen);
                }
                break;
            }
        };
    }
    seen
}

/// Every booking that a worker can find, in every situation that it can meet.
fn situations() -> Vec<Situation> {
    use PaymentStatus as P;
    use ReservationStatus as R;
    let claimable = |case: &Case| {
        let pair = (case.reservation, case.payment);
        matches!(
            pair,
            (R::PendingPayment, P::Created)
                | (R::Paying, P::Authorizing | P::Capturing | P::Voiding)
                | (R::Confirmed, P::Captured)
                | (R::Cancelled, P::Refunding)
        )
    };
    let answers = [
        None,
        Some(GatewayStatus::Unknown),
        Some(GatewayStatus::Authorized),
        Some(GatewayStatus::Declined),
        Some(GatewayStatus::Captured),
        Some(GatewayStatus::Closed),
        Some(GatewayStatus::Refunded),
    ];
    let mut all = Vec::new();
    for case in Case::all().filter(claimable) {
        for too_late in [false, true] {
            for looked_up in answers {
                for call in [Call::Done, Call::Refused, Call::Silent] {
                    for showtime_open in [false, true] {
                        all.push(Situation {
                            case,
                            too_late,
                            looked_up,
                            call,
                            showtime_open,
                        });
                    }
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn the_model_decides_whatever_the_real_payment_machine_decides() {
    let embedded = Embedded::new(&AdapterSettings::default(), Arc::new(NoWakeup)).unwrap();
    let situations = situations();
    assert!(situations.len() > 5_000, "{}", situations.len());
    for situation in situations {
        assert_eq!(
            real(situation, &embedded.ports).await,
            modelled(situation),
            "{situation:?}"
        );
    }
}
