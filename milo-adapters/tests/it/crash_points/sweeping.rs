//! Those who end reservations, at once and half way: C28, C29, C31.

use milo_core::booking::ReserveError;
use milo_core::conformance::samples::{self, method, placed};
use milo_core::domain::{Booking, Caller, ReservationStatus, ShowtimeId};
use milo_core::jobs::{Job, ReservationExpiry};
use milo_core::{Milo, booking::Reserve};

use super::crash::{Crash, Moment, Where};
use super::house::House;
use crate::stage::{Stage, check, settled};

fn expiry(milo: &Milo) -> ReservationExpiry {
    milo.jobs().reservation_expiry()
}

/// Reservations of one seat each whose time to pay is over.
async fn overdue(house: &House<'_>, count: usize) -> Vec<Booking> {
    let ports = house.stage.ports();
    let mut bookings = Vec::new();
    for seat in 0..count {
        let mut placement = house.hall.placement(house.ann.user, seat..seat + 1);
        placement.pay_within = std::time::Duration::from_millis(1);
        bookings.push(placed(&*ports.bookings, &placement).await);
    }
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    bookings
}

async fn settle_all(house: &House<'_>, bookings: &[Booking], place: &str) -> Vec<Booking> {
    let milo = house.process().await;
    let look = async || {
        let mut found = Vec::new();
        for booking in bookings {
            found.push(house.look(booking.reservation.id).await);
        }
        found
    };
    let found = settled(&milo, place, look).await;
    warm(house.stage, house.hall.showtime.id).await;
    check(house.stage, &house.hall, &found, place).await;
    found
}

/// Nobody held anything here, so nobody has told the locks what is sold.
async fn warm(stage: &dyn Stage, showtime: ShowtimeId) {
    let taken = stage.ports().bookings.taken_seats(showtime).await.unwrap();
    stage.ports().locks.warm(showtime, &taken).await.unwrap();
}

pub(crate) async fn c28_expiry_and_payment_at_one_instant_have_one_winner(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let bookings = overdue(&house, 4).await;
    let (sweeper, worker) = (house.process().await, house.process().await);
    let (sweeper, worker) = (expiry(&sweeper), worker.jobs().reconciler());
    let (swept, paid) = tokio::join!(sweeper.run_once(), worker.run_once());
    swept.unwrap();
    paid.unwrap();
    for booking in settle_all(&house, &bookings, "c28").await {
        // Its time was over when both looked at it.
        assert_eq!(booking.reservation.status, ReservationStatus::Expired);
    }
}

pub(crate) async fn c29_a_sweeper_that_dies_half_way_leaves_the_rest_to_the_next(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let bookings = overdue(&house, 4).await;
    let crash = Crash::at(Where::Second("booking_store", "apply"), Moment::After);
    house.dies_in(&crash, expiry).await;
    let (one, other) = (house.process().await, house.process().await);
    let (one, other) = (expiry(&one), expiry(&other));
    let (one, other) = tokio::join!(one.run_once(), other.run_once());
    one.unwrap();
    other.unwrap();
    for booking in settle_all(&house, &bookings, "c29").await {
        assert_eq!(booking.reservation.status, ReservationStatus::Expired);
    }
}

pub(crate) async fn c31_when_the_locks_forget_two_may_hold_a_seat_and_one_gets_it(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let milo = house.process().await;
    let anns = house.hold(&milo).await.unwrap();
    stage.wipe_locks().await;
    let bob = Caller::trusted(samples::person(&*stage.ports().accounts).await);
    let showtime = house.hall.showtime.id;
    let bobs = milo.booking().hold(bob, showtime, &house.seats(), None).await.unwrap();

    let bought = milo
        .booking()
        .reserve(bob, Reserve::hold(bobs.id, method("tok_ok")))
        .await
        .unwrap();
    let refused = house.reserve(&milo, Some(&anns), method("tok_ok")).await;

    assert!(matches!(refused, Err(ReserveError::NoSuchHold)), "{refused:?}");
    let direct = house.reserve(&milo, None, method("tok_ok")).await;
    assert!(matches!(direct, Err(ReserveError::SeatsUnavailable(_))), "{direct:?}");
    house.settle(bought.booking().reservation.id, "c31").await;
}
