//! A relay dies, or the queue does: C9 to C11, C14 to C18.

use std::time::Duration;

use milo_core::Milo;
use milo_core::conformance::samples;
use milo_core::domain::{Booking, ReservationStatus};
use milo_core::jobs::{Job, OutboxRelay};
use milo_core::ports::{PaymentQueue, PaymentWake};

use super::crash::{Crash, Moment, Where};
use super::house::House;
use crate::stage::Stage;

fn relay(milo: &Milo) -> OutboxRelay {
    milo.jobs().outbox_relay()
}

fn wake(booking: &Booking) -> PaymentWake {
    PaymentWake {
        id: samples::id(),
        payment: booking.payment.id,
        showtime: booking.reservation.showtime,
    }
}

/// Receives a message that must come soon.
async fn received(queue: &dyn PaymentQueue) -> milo_core::ports::Delivery {
    let delivery = queue.receive(Duration::from_secs(20)).await.unwrap();
    delivery.expect("a message is there")
}

async fn ends_confirmed(house: &House<'_>, booking: &Booking, place: &str) {
    let paid = house.settle(booking.reservation.id, place).await;
    assert_eq!(
        paid.reservation.status,
        ReservationStatus::Confirmed,
        "{place}: {paid:?}"
    );
}

pub(crate) async fn c09_a_relay_that_dies_before_it_publishes_leaves_the_message_to_the_next(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let crash = Crash::at(Where::First("payment_queue", "publish"), Moment::Before);
    house.dies_in(&crash, relay).await;
    ends_confirmed(&house, &booking, "c09").await;
}

pub(crate) async fn c10_a_relay_that_dies_before_the_confirm_publishes_twice_without_harm(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let crash = Crash::at(Where::First("payment_queue", "publish"), Moment::After);
    house.dies_in(&crash, relay).await;
    ends_confirmed(&house, &booking, "c10").await;
}

pub(crate) async fn c11_a_relay_that_dies_before_it_marks_delivers_twice_without_harm(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let crash = Crash::at(Where::First("outbox", "delivered"), Moment::Before);
    house.dies_in(&crash, relay).await;
    ends_confirmed(&house, &booking, "c11").await;
}

pub(crate) async fn c14_two_relays_at_once_deliver_everything(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let (one, other) = (house.process().await, house.process().await);
    let (one, other) = (relay(&one), relay(&other));
    let (one, other) = tokio::join!(one.run_once(), other.run_once());
    let delivered = one.unwrap().handled + other.unwrap().handled;
    assert_eq!(
        delivered, 2,
        "the payment that is due and the seats that are taken, each by one of them"
    );
    ends_confirmed(&house, &booking, "c14").await;
}

pub(crate) async fn c16_a_queue_that_lost_everything_delays_payments_and_loses_none(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    relay(&house.process().await).run_once().await.unwrap();
    stage.wipe_queue().await;
    house.process().await.jobs().reconciler().run_once().await.unwrap();
    assert_eq!(
        house.look(booking.reservation.id).await.reservation.status,
        ReservationStatus::Confirmed
    );
    ends_confirmed(&house, &booking, "c16").await;
}

pub(crate) async fn c17_a_message_that_comes_again_moves_no_money_again(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let milo = house.process().await;
    relay(&milo).run_once().await.unwrap();
    // Everything is done, and the acknowledgement is lost.
    let crash = Crash::at(Where::First("payment_queue", "acknowledge"), Moment::Before);
    house
        .dies_in(&crash, |milo| milo.jobs().payment_processor(Duration::from_secs(20)))
        .await;
    ends_confirmed(&house, &booking, "c17, lost acknowledgement").await;
    for _ in 0..3 {
        milo.ports().queue.publish(&wake(&booking)).await.unwrap();
        milo.jobs()
            .payment_processor(Duration::from_secs(20))
            .run_once()
            .await
            .unwrap();
    }
    ends_confirmed(&house, &booking, "c17, repeats").await;
}

pub(crate) async fn c18_a_message_that_no_worker_survives_is_set_aside_and_its_payment_is_not(stage: &dyn Stage) {
    let house = House::open(stage).await;
    let booking = house.reserved("tok_ok").await;
    let milo = house.process().await;
    let (queue, sent) = (&milo.ports().queue, wake(&booking));
    queue.publish(&sent).await.unwrap();
    let mut deliveries = 0;
    while !queue
        .dead_letters(10)
        .await
        .unwrap()
        .iter()
        .any(|dead| dead.wake == sent)
    {
        queue.reject(&received(&**queue).await).await.unwrap();
        deliveries += 1;
        assert!(deliveries < 100, "it is delivered for ever");
    }
    ends_confirmed(&house, &booking, "c18").await;
}
