//! A worker dies, stalls or errs while it pays: C19 to C22, C24, C27.

use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty};
use milo_core::conformance::samples;
use milo_core::domain::{LeaseEpoch, PaymentStatus, ReservationStatus};
use milo_core::jobs::{Job, Reconciler};
use milo_core::ports::ApplyError;
use milo_core::{Milo, Ports};

use super::crash::{Crash, Moment, Where};
use super::house::{House, LEASE};
use crate::stage::Stage;

fn reconciler(milo: &Milo) -> Reconciler {
    milo.jobs().reconciler()
}

async fn is_paid_although_a_worker_died(stage: &dyn Stage, place: Where, moment: Moment, left_as: PaymentStatus) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let crash = Crash::at(place, moment);
    house.dies_in(&crash, reconciler).await;
    let left = house.look(booking.reservation.id).await;
    assert_eq!(left.payment.status, left_as);
    let paid = house.settle(booking.reservation.id, &format!("{crash:?}")).await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed, "{paid:?}");
}

pub(crate) async fn c19_a_worker_that_dies_before_it_calls_the_gateway_is_taken_over(stage: &dyn Stage) {
    let place = Where::First("payment_gateway", "authorize");
    is_paid_although_a_worker_died(stage, place, Moment::Before, PaymentStatus::Authorizing).await;
}

pub(crate) async fn c20_a_worker_that_dies_after_the_gateway_authorized_charges_once(stage: &dyn Stage) {
    let place = Where::First("payment_gateway", "authorize");
    is_paid_although_a_worker_died(stage, place, Moment::After, PaymentStatus::Authorizing).await;
}

pub(crate) async fn c20_a_worker_that_dies_after_the_gateway_captured_charges_once(stage: &dyn Stage) {
    let place = Where::First("payment_gateway", "capture");
    is_paid_although_a_worker_died(stage, place, Moment::After, PaymentStatus::Capturing).await;
}

pub(crate) async fn c20_a_worker_that_dies_after_the_gateway_refunded_refunds_once(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    house.settle(booking.reservation.id, "c20, paid").await;
    let milo = house.process().await;
    milo.booking().cancel(house.ann, booking.reservation.id).await.unwrap();
    let crash = Crash::at(Where::First("payment_gateway", "refund"), Moment::After);
    house.dies_in(&crash, reconciler).await;
    let refunded = house.settle(booking.reservation.id, "c20, refunded").await;
    assert_eq!(refunded.payment.status, PaymentStatus::Refunded);
}

pub(crate) async fn c21_a_worker_that_wakes_after_its_lease_was_taken_writes_nothing(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let store = &stage.ports().bookings;
    let claim = store.claim_payment(booking.payment.id, LEASE).await.unwrap().unwrap();
    let asleep = claim.epoch;
    tokio::time::sleep(LEASE + Duration::from_millis(50)).await;
    // Another takes over and stands where the first one stood.
    let taken_over = store.claim_payment(booking.payment.id, LEASE).await.unwrap().unwrap();
    assert!(taken_over.epoch > asleep);

    let late = samples::decide(
        &claim.booking,
        milo_core::domain::Actor::PaymentWorker,
        Some(asleep),
        milo_core::domain::Step::begin,
    );
    let refused = store.apply(&late).await;

    assert!(matches!(refused, Err(ApplyError::Stale)), "{refused:?}");
    assert_eq!(asleep, LeaseEpoch(taken_over.epoch.0 - 1));
    let paid = house.settle(booking.reservation.id, "c21").await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
}

pub(crate) async fn c22_a_gateway_that_gives_no_answer_is_asked_again_and_charges_once(stage: &dyn Stage) {
    for token in ["tok_flaky_3", "tok_lost_2"] {
        let house = House::open(stage).await;
        let booking = house.reserved(token).await;
        let paid = house.settle(booking.reservation.id, token).await;
        assert_eq!(
            paid.reservation.status,
            ReservationStatus::Confirmed,
            "{token}: {paid:?}"
        );
    }
}

/// The ports of a worker whose store fails once, at this call of `apply`.
async fn failing_store(stage: &dyn Stage, nth: usize, fault: Fault) -> Ports {
    let place = FaultAt::Call {
        port: "booking_store",
        operation: "apply",
        nth,
    };
    let ports = stage.process().await;
    Ports {
        bookings: std::sync::Arc::new(Faulty::new(
            ports.bookings.clone(),
            FaultPlan::scripted([(place, fault)]),
        )),
        ..ports
    }
}

pub(crate) async fn c24_a_store_that_is_down_after_the_capture_is_written_later(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    // Begin, capture, confirm: the third step finds the store gone, and the money is taken.
    let worker = Milo::new(failing_store(stage, 2, Fault::Transient).await, House::policy());
    reconciler(&worker).run_once().await.unwrap_err();
    let left = house.look(booking.reservation.id).await;
    assert_eq!(left.payment.status, PaymentStatus::Capturing);
    assert_eq!(
        stage.gateway().balance(booking.payment.id),
        booking.reservation.total.amount()
    );
    let paid = house.settle(booking.reservation.id, "c24").await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
}

pub(crate) async fn c27_an_error_that_nobody_foresaw_is_told_and_the_payment_goes_on(stage: &dyn Stage) {
    for nth in 0..3 {
        let house = House::open(stage).await;
        let booking = house.reserved("tok_ok").await;
        let worker = Milo::new(failing_store(stage, nth, Fault::Refused).await, House::policy());
        worker.jobs().outbox_relay().run_once().await.unwrap();
        let processor = worker.jobs().payment_processor(Duration::from_secs(1));
        let mut told = processor.run_once().await;
        // Messages of reservations before may come first.
        while told.as_ref().is_ok_and(|report| report.more) {
            told = processor.run_once().await;
        }
        assert!(told.is_err(), "step {nth}: it was swallowed");
        let paid = house.settle(booking.reservation.id, &format!("c27, step {nth}")).await;
        assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
    }
}
