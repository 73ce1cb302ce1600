//! What leaves Milo: at least once, and nothing holds anything else up.

use std::time::Duration;

use milo_adapters::layers::{Fault, FaultAt, FaultPlan};
use milo_core::booking::{Reserve, ReserveSource};
use milo_core::jobs::Job;
use milo_core::ports::{Outbox, PaymentQueue};

use crate::world::{World, method};

/// A world in which one reservation was made, and the plan that its deliveries go by.
async fn with_a_reservation(faults: impl IntoIterator<Item = (FaultAt, Fault)>) -> World {
    let world = World::new(&FaultPlan::scripted(faults)).await;
    let buyer = world.person().await;
    let source = ReserveSource::Seats {
        showtime: world.hall.showtime.id,
        seats: world.seats(0..2),
    };
    let request = Reserve {
        source,
        method: method("tok_ok"),
        key: None,
    };
    world.milo.booking().reserve(buyer, request).await.unwrap();
    world
}

/// The first so many publications to the queue go wrong in this way.
fn publishing_fails(times: usize, fault: Fault) -> Vec<(FaultAt, Fault)> {
    (0..times)
        .map(|nth| {
            (
                FaultAt::Call {
                    port: "payment_queue",
                    operation: "publish",
                    nth,
                },
                fault,
            )
        })
        .collect()
}

/// Runs the relay so often, with every wait in between over.
async fn relay(world: &World, times: usize) {
    for _ in 0..times {
        world.milo.jobs().outbox_relay().run_once().await.unwrap();
        world.clock.advance(world.milo.policy().outbox_retry.cap);
    }
}

async fn in_the_queue(world: &World) -> usize {
    let mut found = 0;
    while world.queue.receive(Duration::ZERO).await.unwrap().is_some() {
        found += 1;
    }
    found
}

#[tokio::test]
async fn a_message_that_was_not_delivered_is_delivered_later() {
    let world = with_a_reservation(publishing_fails(1, Fault::Transient)).await;

    relay(&world, 1).await;
    assert_eq!(in_the_queue(&world).await, 0);
    assert_eq!(
        world.store.backlog().await.unwrap().count,
        1,
        "the seats' message went its way"
    );
    relay(&world, 1).await;

    assert_eq!(in_the_queue(&world).await, 1);
    assert_eq!(world.store.backlog().await.unwrap().count, 0);
}

#[tokio::test]
async fn a_message_whose_delivery_has_no_answer_is_delivered_again() {
    let world = with_a_reservation(publishing_fails(1, Fault::LostAnswer)).await;
    relay(&world, 2).await;
    assert_eq!(in_the_queue(&world).await, 2, "twice is harmless, never would not be");
}

#[tokio::test]
async fn a_receiver_that_is_down_for_long_is_waited_for() {
    let world = with_a_reservation(publishing_fails(50, Fault::Transient)).await;
    relay(&world, 51).await;
    assert_eq!(world.store.parked().await.unwrap(), 0);
    assert_eq!(in_the_queue(&world).await, 1);
}

#[tokio::test]
async fn a_message_that_is_refused_time_and_again_is_parked() {
    let tries = World::new(&FaultPlan::quiet())
        .await
        .milo
        .policy()
        .outbox_retry
        .attempts_max as usize;
    let world = with_a_reservation(publishing_fails(tries, Fault::Refused)).await;

    relay(&world, tries - 1).await;
    assert_eq!(world.store.parked().await.unwrap(), 0);
    relay(&world, 1).await;

    assert_eq!(world.store.parked().await.unwrap(), 1);
    assert_eq!(in_the_queue(&world).await, 0);
}
