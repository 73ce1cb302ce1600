//! The flaws of the program that Milo replaces that show only below HTTP: messages sent too early (o5), errors that were
//! swallowed (o7), messages that came again (o8). The others are tested over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan};
use milo_core::booking::{CancelError, HoldSeatsError, Reserve, ReserveSource};
use milo_core::conformance::{at_once, samples};
use milo_core::domain::{Booking, Caller, MessageKind, PaymentId, ReservationId, ReservationStatus};
use milo_core::jobs::Job;
use milo_core::ports::{PaymentQueue, PaymentWake};

use crate::world::{World, key, method};

/// One try to reserve two seats: what came back, and whose try it was.
async fn try_to_reserve(world: &World) -> (Caller, Option<Booking>) {
    let buyer = world.person().await;
    let request = Reserve {
        source: ReserveSource::Seats {
            showtime: world.hall.showtime.id,
            seats: world.seats(0..2),
        },
        method: method("tok_ok"),
        key: None,
    };
    let reserved = world.milo.booking().reserve(buyer, request).await;
    (buyer, reserved.ok().map(|reserved| reserved.booking().clone()))
}

async fn reserved(world: &World) -> (Caller, Booking) {
    let (buyer, booking) = try_to_reserve(world).await;
    (buyer, booking.unwrap())
}

async fn look(world: &World, buyer: Caller, booking: &Booking) -> Booking {
    let id = booking.reservation.id;
    world.calm.booking().reservation(buyer, id).await.unwrap()
}

fn call(port: &'static str, operation: &'static str, nth: usize) -> FaultAt {
    FaultAt::Call { port, operation, nth }
}

/// The reservations that are written, and those that a message to the payment worker is written for.
fn written(world: &World) -> (BTreeSet<ReservationId>, BTreeSet<ReservationId>) {
    let audit = world.store.audit();
    let bookings = audit.bookings.iter().map(|record| record.booking.reservation.id);
    let due = audit
        .outbox
        .iter()
        .filter(|record| matches!(record.message.kind, MessageKind::PaymentDue { .. }));
    (bookings.collect(), due.map(|record| record.reservation).collect())
}

/// How often the payment queue was asked to take a message.
fn sent(plan: &FaultPlan) -> usize {
    let calls = plan.calls();
    calls
        .iter()
        .filter(|call| **call == ("payment_queue", "publish"))
        .count()
}

fn wake(world: &World, payment: PaymentId) -> PaymentWake {
    PaymentWake {
        id: samples::id(),
        payment,
        showtime: world.hall.showtime.id,
    }
}

mod o5_sent_before_the_commit {
    use super::*;

    #[tokio::test]
    async fn o5_a_message_is_written_if_and_only_if_its_reservation_is() {
        for (fault, is_written) in [
            (Fault::Refused, false),
            (Fault::Transient, false),
            (Fault::LostAnswer, true),
        ] {
            let plan = FaultPlan::scripted([(call("booking_store", "place", 0), fault)]);
            let world = World::new(&plan).await;
            let (_, answered) = try_to_reserve(&world).await;

            assert_eq!(answered, None, "{fault:?}");
            let (bookings, messages) = written(&world);
            assert_eq!(bookings.len(), usize::from(is_written), "{fault:?}");
            assert_eq!(messages, bookings, "{fault:?}");
            assert_eq!(sent(&plan), 0, "{fault:?}: nothing is sent by whoever reserves");
            world.settle().await;
            assert_eq!(sent(&plan), usize::from(is_written), "{fault:?}");
            world.check().await;
        }
    }

    #[tokio::test]
    async fn o5_a_worker_that_has_the_message_finds_the_reservation() {
        let plan = FaultPlan::quiet();
        let world = World::new(&plan).await;
        let (_, booking) = reserved(&world).await;
        assert_eq!(sent(&plan), 0);
        assert_eq!(world.queue.receive(Duration::ZERO).await.unwrap(), None);

        world.milo.jobs().outbox_relay().run_once().await.unwrap();

        let delivery = world.queue.receive(Duration::ZERO).await.unwrap().unwrap();
        assert_eq!(delivery.wake.payment, booking.payment.id);
        let calls = plan.calls();
        let first = |name| calls.iter().position(|call| *call == name).unwrap();
        assert!(first(("booking_store", "place")) < first(("payment_queue", "publish")));
    }

    #[tokio::test]
    async fn o5_a_message_that_could_not_be_sent_is_sent_later() {
        for fault in [Fault::Refused, Fault::Transient, Fault::LostAnswer] {
            let plan = FaultPlan::scripted([(call("payment_queue", "publish", 0), fault)]);
            let world = World::new(&plan).await;
            let (buyer, booking) = reserved(&world).await;
            world.milo.jobs().outbox_relay().run_once().await.unwrap();
            let waiting = world.store.audit().outbox;
            let due = waiting
                .iter()
                .find(|record| matches!(record.message.kind, MessageKind::PaymentDue { .. }))
                .unwrap();
            assert_eq!((due.delivered_at, due.failures), (None, 1), "{fault:?}");

            world.settle().await;

            let status = look(&world, buyer, &booking).await.reservation.status;
            assert_eq!(status, ReservationStatus::Confirmed, "{fault:?}");
            assert!(sent(&plan) >= 2, "{fault:?}");
            world.check().await;
        }
    }
}

mod o7_swallowed_errors {
    use super::*;

    /// Without the reconciler: the message alone brings the payment back.
    #[tokio::test]
    async fn o7_a_message_whose_store_failed_is_delivered_again() {
        let plan = FaultPlan::scripted([(call("booking_store", "claim_payment", 0), Fault::Transient)]);
        let world = World::new(&plan).await;
        let (buyer, booking) = reserved(&world).await;
        let jobs = world.milo.jobs();
        jobs.outbox_relay().run_once().await.unwrap();
        let processor = jobs.payment_processor(Duration::ZERO);

        processor
            .run_once()
            .await
            .expect_err("the error is told, not swallowed");
        let again = world.queue.receive(Duration::ZERO).await.unwrap().unwrap();
        assert_eq!((again.wake.payment, again.redelivered), (booking.payment.id, 1));
        world.queue.reject(&again).await.unwrap();
        processor.run_once().await.unwrap();

        let status = look(&world, buyer, &booking).await.reservation.status;
        assert_eq!(status, ReservationStatus::Confirmed);
        world.settle().await;
        world.check().await;
    }

    #[tokio::test]
    async fn o7_whatever_fails_once_the_payment_is_made_once() {
        let places = [
            call("payment_queue", "receive", 0),
            call("booking_store", "claim_payment", 0),
            call("booking_store", "apply", 0),
            call("booking_store", "apply", 1),
            call("booking_store", "apply", 2),
            call("payment_gateway", "authorize", 0),
            call("payment_gateway", "capture", 0),
            call("payment_queue", "acknowledge", 0),
        ];
        for at in places {
            for fault in [Fault::Transient, Fault::LostAnswer, Fault::Repeat] {
                let plan = FaultPlan::scripted([(at, fault)]);
                let world = World::new(&plan).await;
                let (buyer, booking) = reserved(&world).await;

                world.settle().await;

                assert_eq!(plan.faults().len(), 1, "{at:?} was never reached");
                let settled = look(&world, buyer, &booking).await;
                let status = settled.reservation.status;
                assert_eq!(status, ReservationStatus::Confirmed, "{at:?} {fault:?}");
                let amount = booking.payment.amount.amount();
                assert_eq!(world.gateway.balance(booking.payment.id), amount, "{at:?} {fault:?}");
                world.check().await;
            }
        }
    }

    #[tokio::test]
    async fn o7_a_store_that_is_down_for_long_loses_no_payment() {
        // More failures than the queue delivers a message: it ends as a dead letter, and the payment goes on.
        let failures = (0..20).map(|nth| (call("booking_store", "claim_payment", nth), Fault::Transient));
        let world = World::new(&FaultPlan::scripted(failures)).await;
        let (buyer, booking) = reserved(&world).await;
        let jobs = world.milo.jobs();
        jobs.outbox_relay().run_once().await.unwrap();
        let processor = jobs.payment_processor(Duration::ZERO);
        while processor.run_once().await.is_err() {}
        assert_eq!(world.queue.receive(Duration::ZERO).await.unwrap(), None);

        world.settle().await;

        let status = look(&world, buyer, &booking).await.reservation.status;
        assert_eq!(status, ReservationStatus::Confirmed);
        world.check().await;
    }
}

mod o8_messages_that_come_again {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn o8_many_workers_with_one_message_each_charge_once() {
        for _ in 0..20 {
            let world = World::new(&FaultPlan::quiet()).await;
            let (buyer, booking) = reserved(&world).await;
            let payment = booking.payment.id;
            for _ in 0..6 {
                world.queue.publish(&wake(&world, payment)).await.unwrap();
            }
            let workers = (0..6).map(|_| {
                let processor = world.milo.jobs().payment_processor(Duration::ZERO);
                async move { processor.run_once().await.unwrap() }
            });
            at_once(&|task| drop(tokio::spawn(task)), workers).await;

            let settled = look(&world, buyer, &booking).await;
            assert_eq!(settled.reservation.status, ReservationStatus::Confirmed);
            assert_eq!(world.gateway.effects(&format!("milo:{payment}:auth")), 1);
            assert_eq!(world.gateway.effects(&format!("milo:{payment}:capture")), 1);
            assert_eq!(world.gateway.balance(payment), booking.payment.amount.amount());
            world.settle().await;
            assert_eq!(
                look(&world, buyer, &booking).await,
                settled,
                "later messages change nothing"
            );
            world.check().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn o8_a_message_and_a_cancellation_at_once_leave_no_money_behind() {
        for _ in 0..30 {
            let world = Arc::new(World::new(&FaultPlan::quiet()).await);
            let (buyer, booking) = reserved(&world).await;
            let id = booking.reservation.id;
            world.queue.publish(&wake(&world, booking.payment.id)).await.unwrap();
            let tasks = [true, false].map(|is_worker| {
                let world = world.clone();
                async move {
                    if is_worker {
                        let processor = world.milo.jobs().payment_processor(Duration::ZERO);
                        processor.run_once().await.unwrap();
                        return;
                    }
                    let cancelled = world.milo.booking().cancel(buyer, id).await;
                    assert!(!matches!(cancelled, Err(CancelError::NotFound)), "{cancelled:?}");
                }
            });
            at_once(&|task| drop(tokio::spawn(task)), tasks).await;
            world.settle().await;

            // The message comes once more, when all is over.
            let before = look(&world, buyer, &booking).await;
            world.queue.publish(&wake(&world, booking.payment.id)).await.unwrap();
            world.settle().await;
            world.turn().await;
            let after = look(&world, buyer, &booking).await;
            assert_eq!(after, before);
            assert_eq!(after.reservation.status, ReservationStatus::Cancelled);
            assert_eq!(world.gateway.balance(booking.payment.id), 0);
            world.check().await;
        }
    }
}

#[tokio::test]
async fn a_repeat_of_a_hold_is_answered_as_before_when_its_showtime_was_closed_meanwhile() {
    let world = World::new(&FaultPlan::quiet()).await;
    let (ann, showtime) = (world.person().await, world.hall.showtime.id);
    let booking = world.milo.booking();
    let held = booking
        .hold(ann, showtime, &world.seats(0..2), Some(&key("first")))
        .await
        .unwrap();
    world.hall.cancel(&*world.store).await;

    let again = booking
        .hold(ann, showtime, &world.seats(0..2), Some(&key("first")))
        .await;
    let other = booking
        .hold(ann, showtime, &world.seats(2..3), Some(&key("first")))
        .await;
    let new = booking
        .hold(ann, showtime, &world.seats(2..3), Some(&key("second")))
        .await;

    assert_eq!(again.unwrap(), held);
    assert!(matches!(other, Err(HoldSeatsError::KeyReused)));
    assert!(matches!(new, Err(HoldSeatsError::ShowtimeClosed)));
}
