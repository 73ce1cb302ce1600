//! Every call of a booking to any port fails once, in every way a port can fail, and is repeated once. Afterwards no seat
//! is lost, none is sold twice, and the money matches the state.

use std::future::Future;
use std::sync::Arc;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan};
use milo_core::booking::{CancelError, Reserve, ReserveError, ReserveSource};
use milo_core::domain::{Admin, Caller, Hold, ReservationId, ReservationStatus, SeatSelection};
use milo_core::policy::Policy;

use crate::world::{World, key, method};

/// How often a client repeats a request that failed without an answer.
const CLIENT_TRIES_MAX: usize = 3;

/// Repeats a request as a client does: with the same key, while the answer says that this may help.
async fn insist<T, E, Attempt>(mut request: impl FnMut() -> Attempt) -> Option<T>
where
    E: std::fmt::Debug,
    Attempt: Future<Output = Result<T, E>>,
{
    for _ in 0..CLIENT_TRIES_MAX {
        if let Ok(answer) = request().await {
            return Some(answer);
        }
    }
    None
}

async fn hold(world: &World, buyer: Caller, seats: &SeatSelection) -> Option<Hold> {
    let (showtime, key) = (world.hall.showtime.id, key("hold"));
    insist(|| async { world.milo.booking().hold(buyer, showtime, seats, Some(&key)).await }).await
}

async fn reserve(world: &World, buyer: Caller, source: ReserveSource, token: &str) -> Option<ReservationId> {
    let request = Reserve {
        source,
        method: method(token),
        key: Some(key("reserve")),
    };
    let reserved = insist(|| async { world.milo.booking().reserve(buyer, request.clone()).await }).await;
    reserved.map(|reserved| reserved.booking().reservation.id)
}

async fn cancel(world: &World, buyer: Caller, reservation: ReservationId) {
    for _ in 0..CLIENT_TRIES_MAX {
        match world.milo.booking().cancel(buyer, reservation).await {
            Ok(_) | Err(CancelError::NotFound | CancelError::NotCancellable) => return,
            Err(CancelError::Port(_)) => {}
        }
    }
}

/// What people do in a world before it is left to its jobs.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// Hold, reserve, pay; cancel afterwards.
    PaidAndRefunded(&'static str),
    /// Hold, reserve, pay.
    Paid(&'static str),
    /// Hold and reserve; no worker runs until the time to pay is over.
    NeverPaid,
    /// Hold and reserve; cancelled before any worker runs.
    Withdrawn,
    /// Hold, reserve, pay; the showtime is cancelled.
    ShowtimeCancelled,
    /// Reserve without a hold, pay.
    Direct,
}

impl Story {
    async fn run(self, world: &World) {
        let buyer = world.person().await;
        let seats = world.seats(3..6);
        let source = match self {
            Self::Direct => Some(ReserveSource::Seats {
                showtime: world.hall.showtime.id,
                seats: seats.clone(),
            }),
            _ => hold(world, buyer, &seats)
                .await
                .map(|hold| ReserveSource::Hold(hold.id)),
        };
        let Some(source) = source else { return };
        let token = match self {
            Self::PaidAndRefunded(token) | Self::Paid(token) => token,
            _ => "tok_ok",
        };
        let Some(reservation) = reserve(world, buyer, source, token).await else {
            return;
        };
        match self {
            Self::NeverPaid => world.clock.advance(Policy::default().pay_within),
            Self::Withdrawn => cancel(world, buyer, reservation).await,
            Self::Paid(_) | Self::Direct => self.work(world).await,
            Self::PaidAndRefunded(_) => {
                self.work(world).await;
                cancel(world, buyer, reservation).await;
            }
            Self::ShowtimeCancelled => {
                self.work(world).await;
                let (admin, showtime) = (Admin::trusted(buyer.user), world.hall.showtime.id);
                insist(|| async { world.milo.catalog().cancel_showtime(admin, showtime, None).await }).await;
            }
        }
        self.work(world).await;
    }

    async fn work(self, world: &World) {
        for _ in 0..6 {
            world.turn().await;
        }
    }

    /// Tells the story once in a world where all goes well, then once for each call in it and each way it can fail.
    async fn survives_any_one_fault(self, calls_min: usize) {
        let record = FaultPlan::quiet();
        let world = World::new(&record).await;
        self.run(&world).await;
        let calls = record.calls();
        assert!(
            calls.len() >= calls_min,
            "{self:?} made only {} calls: {calls:?}",
            calls.len()
        );
        world.settle().await;
        world.check_story(self).await;

        for (step, call) in calls.iter().enumerate() {
            for fault in Fault::ALL {
                let plan = FaultPlan::scripted([(FaultAt::Step(step), fault)]);
                let world = World::new(&plan).await;
                self.run(&world).await;
                assert_eq!(plan.faults(), [(step, fault)], "{call:?} of {self:?} was never made");
                plan.heal();
                world.settle().await;
                tell(self, step, *call, fault);
                world.check_story(self).await;
            }
        }
    }
}

/// Shown by the test harness if what follows fails.
#[expect(clippy::print_stdout, reason = "the harness shows it with a failing test only")]
fn tell(story: Story, step: usize, call: (&str, &str), fault: Fault) {
    println!("{story:?}, call {step} {call:?}: {fault:?}");
}

impl World {
    async fn check_story(&self, story: Story) {
        let audit = self.store.audit();
        assert!(audit.bookings.len() <= 1, "one request made two reservations");
        if let (Story::ShowtimeCancelled, Some(record)) = (story, audit.bookings.first()) {
            let showtime = audit
                .showtimes
                .iter()
                .find(|record| record.showtime.id == self.hall.showtime.id)
                .unwrap();
            let cancelled = showtime.showtime.status == milo_core::domain::ShowtimeStatus::Cancelled;
            let ended = !record.booking.reservation.status.owns_seats();
            assert!(ended || !cancelled, "a cancelled showtime has an active reservation");
            if cancelled {
                // Nothing can be bought in it any more; that seats are free again shows in the invariants.
                assert_eq!(self.store.invariants(), Vec::<String>::new());
                assert_eq!(self.gateway.balance(record.booking.payment.id), 0);
                return;
            }
        }
        self.check().await;
    }
}

#[tokio::test]
async fn a_booking_that_is_paid_and_refunded_survives_any_one_fault() {
    Story::PaidAndRefunded("tok_ok").survives_any_one_fault(30).await;
}

#[tokio::test]
async fn a_booking_that_is_declined_survives_any_one_fault() {
    Story::Paid("tok_declined").survives_any_one_fault(20).await;
}

#[tokio::test]
async fn a_booking_whose_gateway_is_flaky_survives_any_one_fault() {
    Story::Paid("tok_flaky_2").survives_any_one_fault(20).await;
}

#[tokio::test]
async fn a_booking_whose_gateway_loses_answers_survives_any_one_fault() {
    Story::PaidAndRefunded("tok_lost_1").survives_any_one_fault(20).await;
}

#[tokio::test]
async fn a_booking_whose_capture_is_refused_survives_any_one_fault() {
    Story::Paid("tok_capture_refused").survives_any_one_fault(20).await;
}

#[tokio::test]
async fn a_booking_that_nobody_pays_survives_any_one_fault() {
    Story::NeverPaid.survives_any_one_fault(15).await;
}

#[tokio::test]
async fn a_booking_that_is_withdrawn_survives_any_one_fault() {
    Story::Withdrawn.survives_any_one_fault(15).await;
}

#[tokio::test]
async fn a_booking_whose_showtime_is_cancelled_survives_any_one_fault() {
    Story::ShowtimeCancelled.survives_any_one_fault(25).await;
}

#[tokio::test]
async fn a_direct_booking_survives_any_one_fault() {
    Story::Direct.survives_any_one_fault(20).await;
}

#[tokio::test]
async fn a_quiet_world_confirms_a_booking() {
    let world = World::new(&FaultPlan::quiet()).await;
    let buyer = world.person().await;
    let hold = hold(&world, buyer, &world.seats(0..2)).await.unwrap();
    let reservation = reserve(&world, buyer, ReserveSource::Hold(hold.id), "tok_ok")
        .await
        .unwrap();

    world.settle().await;

    let booking = world.milo.booking().reservation(buyer, reservation).await.unwrap();
    assert_eq!(booking.reservation.status, ReservationStatus::Confirmed);
    world.check().await;
}

#[tokio::test]
async fn while_the_locks_are_down_seats_are_sold_directly_and_holds_are_refused() {
    let always = milo_adapters::layers::FaultOdds {
        transient: 1000,
        ..Default::default()
    };
    let world = World::new(&FaultPlan::quiet()).await;
    let down = FaultPlan::seeded(1, always);
    let mut ports = world.calm.ports().clone();
    ports.locks = Arc::new(milo_adapters::layers::Faulty::new(ports.locks.clone(), down));
    let milo = milo_core::Milo::new(ports, Policy::default());
    let (buyer, seats, showtime) = (world.person().await, world.seats(0..2), world.hall.showtime.id);

    let held = milo.booking().hold(buyer, showtime, &seats, None).await;
    let source = ReserveSource::Seats {
        showtime,
        seats: seats.clone(),
    };
    let sold = milo
        .booking()
        .reserve(
            buyer,
            Reserve {
                source,
                method: method("tok_ok"),
                key: None,
            },
        )
        .await;
    let map = milo.booking().seat_map(showtime, None).await.unwrap();

    assert!(matches!(held, Err(milo_core::booking::HoldSeatsError::Port(error)) if error.may_retry()));
    assert!(sold.is_ok());
    assert_eq!(map.claimed.len(), 2, "the map shows what the store of record has sold");
    let other = world.person().await;
    let source = ReserveSource::Seats { showtime, seats };
    let twice = milo
        .booking()
        .reserve(
            other,
            Reserve {
                source,
                method: method("tok_ok"),
                key: None,
            },
        )
        .await;
    assert!(matches!(twice, Err(ReserveError::SeatsUnavailable(seats)) if seats.len() == 2));
    world.settle().await;
    world.check().await;
}
