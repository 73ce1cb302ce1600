//! A server dies while it holds or reserves: C1 to C6, C8.

use milo_core::booking::{HoldSeatsError, Reserved};
use milo_core::conformance::samples::{self, method};
use milo_core::domain::{Caller, Hold, ReservationStatus, SeatClaim};
use milo_core::jobs::Job;

use super::crash::{Crash, Moment, Where};
use super::house::House;
use crate::stage::Stage;

/// Ann holds seats, and the server that reserves them dies; gives the hold.
async fn dies_while_it_reserves(house: &House<'_>, place: Where, moment: Moment) -> Hold {
    let hold = house.hold(&house.process().await).await.unwrap();
    let crash = Crash::at(place, moment);
    let doomed = house.doomed(&crash).await;
    let died = crash
        .survives(house.reserve(&doomed, Some(&hold), method("tok_ok")))
        .await;
    assert!(died.is_none(), "{crash:?} was never reached");
    hold
}

pub(crate) async fn c01_a_hold_whose_server_died_is_found_again_by_its_key(stage: &dyn Stage) {
    let house = House::open(stage).await;
    // Warm, so that the first call is the one that claims.
    stage.ports().locks.warm(house.hall.showtime.id, &[]).await.unwrap();
    let crash = Crash::at(Where::First("seat_locks", "acquire"), Moment::After);
    let doomed = house.doomed(&crash).await;
    assert!(crash.survives(house.hold(&doomed)).await.is_none());

    let milo = house.process().await;
    let other = Caller::trusted(samples::person(&*stage.ports().accounts).await);
    let refused = milo
        .booking()
        .hold(other, house.hall.showtime.id, &house.seats(), None)
        .await;
    let found = house.hold(&milo).await.unwrap();

    assert!(
        matches!(refused, Err(HoldSeatsError::SeatsUnavailable(_))),
        "{refused:?}"
    );
    assert_eq!(found.seat_ids(), house.seats().as_slice());
    let bought = house.reserve(&milo, Some(&found), method("tok_ok")).await.unwrap();
    let paid = house.settle(bought.booking().reservation.id, "c01").await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);
}

pub(crate) async fn c02_a_server_that_dies_after_the_promotion_has_sold_nothing(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let hold = dies_while_it_reserves(&house, Where::First("seat_locks", "promote"), Moment::After).await;

    let sold = stage
        .ports()
        .bookings
        .taken_seats(house.hall.showtime.id)
        .await
        .unwrap();
    assert!(sold.is_empty());
    let again = house
        .reserve(&house.process().await, Some(&hold), method("tok_ok"))
        .await;
    assert!(
        matches!(&again, Ok(Reserved::New(_))),
        "the hold still buys them: {again:?}"
    );
    house.settle(again.unwrap().booking().reservation.id, "c02").await;
}

pub(crate) async fn c03_a_sale_that_was_never_written_is_written_by_the_repeat(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let hold = dies_while_it_reserves(&house, Where::First("booking_store", "place"), Moment::Before).await;

    let again = house
        .reserve(&house.process().await, Some(&hold), method("tok_ok"))
        .await;

    assert!(matches!(&again, Ok(Reserved::New(_))), "{again:?}");
    house.settle(again.unwrap().booking().reservation.id, "c03").await;
}

pub(crate) async fn c04_a_sale_whose_answer_was_lost_is_found_by_the_repeat(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let hold = dies_while_it_reserves(&house, Where::First("booking_store", "place"), Moment::After).await;

    let again = house
        .reserve(&house.process().await, Some(&hold), method("tok_ok"))
        .await;

    assert!(matches!(&again, Ok(Reserved::Replayed(_))), "{again:?}");
    house.settle(again.unwrap().booking().reservation.id, "c04").await;
}

pub(crate) async fn c05_a_sale_that_the_locks_were_not_told_of_reaches_them_by_the_outbox(stage: &dyn Stage) {
    let house = House::open(stage).await;
    dies_while_it_reserves(&house, Where::First("seat_locks", "take"), Moment::Before).await;

    house.process().await.jobs().outbox_relay().run_once().await.unwrap();

    let shown = stage
        .ports()
        .locks
        .snapshot(house.hall.showtime.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(shown.claims.len(), 2);
    assert!(
        shown
            .claims
            .iter()
            .all(|(_, claim)| matches!(claim, SeatClaim::Taken { .. })),
        "{shown:?}"
    );
}

pub(crate) async fn c06_a_reply_that_was_lost_is_given_again(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let hold = house.hold(&house.process().await).await.unwrap();
    let lost = house
        .reserve(&house.process().await, Some(&hold), method("tok_ok"))
        .await
        .unwrap();
    let paid = house.settle(lost.booking().reservation.id, "c06").await;
    assert_eq!(paid.reservation.status, ReservationStatus::Confirmed);

    let again = house
        .reserve(&house.process().await, Some(&hold), method("tok_ok"))
        .await
        .unwrap();

    let Reserved::Replayed(again) = again else {
        panic!("{again:?}")
    };
    let first = lost.booking();
    assert_eq!(
        again.reservation, first.reservation,
        "as it was answered then, although it is paid by now"
    );
    assert_eq!(
        (again.payment.id, again.payment.status),
        (first.payment.id, first.payment.status)
    );
}
