//! The flaws of the program that Milo replaces, on whatever engines: O5 to O9. (O11 is about the cache: `shared_cache.rs`.)

use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan, Faulty};
use milo_core::conformance::samples::{self, method};
use milo_core::domain::{Booking, Caller, PaymentStatus, ReservationStatus};
use milo_core::jobs::Job;
use milo_core::ports::{BookingStore, PaymentWake, Placed};
use milo_core::{Milo, Ports};

use super::house::House;
use crate::stage::Stage;

fn wake(booking: &Booking) -> PaymentWake {
    PaymentWake {
        id: samples::id(),
        payment: booking.payment.id,
        showtime: booking.reservation.showtime,
    }
}

pub(crate) async fn o5_a_message_is_sent_if_and_only_if_its_reservation_is_committed(stage: &dyn Stage) {
    for (fault, is_committed) in [(Fault::Transient, false), (Fault::LostAnswer, true)] {
        let house = House::open(stage).await;
        let place = FaultAt::Call {
            port: "booking_store",
            operation: "place",
            nth: 0,
        };
        let ports = stage.process().await;
        let faulty = Ports {
            bookings: std::sync::Arc::new(Faulty::<dyn BookingStore>::new(
                ports.bookings.clone(),
                FaultPlan::scripted([(place, fault)]),
            )),
            ..ports
        };
        let before = stage.ports().outbox.backlog().await.unwrap().count;
        let refused = house
            .reserve(&Milo::new(faulty, House::policy()), None, method("tok_ok"))
            .await;
        assert!(refused.is_err());
        let written = stage.ports().outbox.backlog().await.unwrap().count - before;
        // The payment that is due, and the seats that are taken.
        assert_eq!(written, if is_committed { 2 } else { 0 }, "{fault:?}");
    }
}

pub(crate) async fn o6_a_declined_payment_gives_its_seats_back(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_declined").await;
    let ended = house.settle(booking.reservation.id, "o6").await;
    assert_eq!(ended.reservation.status, ReservationStatus::PaymentFailed);
    let bob = Caller::trusted(samples::person(&*stage.ports().accounts).await);
    let milo = house.process().await;
    let held = milo
        .booking()
        .hold(bob, house.hall.showtime.id, &house.seats(), None)
        .await;
    assert_eq!(held.unwrap().seat_ids(), house.seats().as_slice());
}

pub(crate) async fn o7_a_gateway_or_store_that_fails_never_loses_a_payment(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_flaky_2").await;
    let paid = house.settle(booking.reservation.id, "o7").await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
    assert!(paid.payment.attempts >= 1, "{paid:?}");
}

pub(crate) async fn o8_a_message_that_comes_again_resurrects_nothing(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let milo = house.process().await;
    let cancelled = milo.booking().cancel(house.ann, booking.reservation.id).await.unwrap();
    assert_eq!(cancelled.reservation.status, ReservationStatus::Cancelled);
    for _ in 0..3 {
        milo.ports().queue.publish(&wake(&booking)).await.unwrap();
        milo.jobs()
            .payment_processor(Duration::from_secs(20))
            .run_once()
            .await
            .unwrap();
    }
    let ended = house.settle(booking.reservation.id, "o8").await;
    assert_eq!(ended.reservation.status, ReservationStatus::Cancelled);
    assert_eq!(ended.payment.status, PaymentStatus::Dropped);
}

pub(crate) async fn o9_a_seat_is_sold_once_in_each_of_two_showtimes(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let ports = stage.ports();
    let later = house
        .hall
        .showtime
        .starts_at
        .checked_add(jiff::SignedDuration::from_hours(24))
        .unwrap();
    let tomorrow = house.hall.again(&*ports.catalog, later).await;
    for showtime in [&house.hall.showtime, &tomorrow] {
        let placement = house.hall.placement_in(showtime, house.ann.user, 0..1);
        let sold = ports.bookings.place(&placement).await;
        assert!(matches!(sold, Ok(Placed::New(_))), "{sold:?}");
        let again = house.hall.placement_in(showtime, house.ann.user, 0..1);
        assert!(ports.bookings.place(&again).await.is_err(), "twice in one showtime");
    }
    assert_eq!(stage.violations().await, Vec::<String>::new());
}
