//! Many at once, and a lock store that forgets.

use std::collections::BTreeSet;

use milo_adapters::layers::FaultPlan;
use milo_core::booking::{HoldSeatsError, Reserve, ReserveError, ReserveSource};
use milo_core::catalog::ShowtimePatch;
use milo_core::domain::{Admin, Caller, Money, Prices, SeatId, SeatKind, SeatSelection};

use crate::world::{World, key, method};

async fn world() -> World {
    World::new(&FaultPlan::quiet()).await
}

fn reserve_hold(hold: milo_core::domain::HoldId) -> Reserve {
    Reserve {
        source: ReserveSource::Hold(hold),
        method: method("tok_ok"),
        key: None,
    }
}

#[tokio::test]
async fn when_the_locks_forget_everything_two_may_hold_a_seat_but_one_gets_it() {
    let world = world().await;
    let (ann, bob, showtime, seats) = (
        world.person().await,
        world.person().await,
        world.hall.showtime.id,
        world.seats(0..2),
    );
    let anns = world.milo.booking().hold(ann, showtime, &seats, None).await.unwrap();
    world.locks.wipe();
    let bobs = world.milo.booking().hold(bob, showtime, &seats, None).await.unwrap();

    let bought = world.milo.booking().reserve(bob, reserve_hold(bobs.id)).await;
    let source = ReserveSource::Seats {
        showtime,
        seats: seats.clone(),
    };
    let refused = world
        .milo
        .booking()
        .reserve(
            ann,
            Reserve {
                source,
                method: method("tok_ok"),
                key: None,
            },
        )
        .await;

    assert!(bought.is_ok());
    assert!(matches!(refused, Err(ReserveError::SeatsUnavailable(taken)) if taken == seats.as_slice()));
    assert!(matches!(
        world.milo.booking().reserve(ann, reserve_hold(anns.id)).await,
        Err(ReserveError::NoSuchHold)
    ));
    world.settle().await;
    world.check().await;
}

#[tokio::test]
async fn a_seat_that_the_locks_took_for_free_is_refused_by_them_the_next_time() {
    let world = world().await;
    let (ann, bob, showtime, seats) = (
        world.person().await,
        world.person().await,
        world.hall.showtime.id,
        world.seats(0..2),
    );
    // Sold behind the locks' back: they are warm, and were told nothing.
    world.milo.booking().seat_map(showtime, None).await.unwrap();
    let placement = world.hall.placement(ann.user, 0..2);
    milo_core::conformance::samples::placed(world.store.as_ref(), &placement).await;
    let hold = world.milo.booking().hold(bob, showtime, &seats, None).await.unwrap();
    assert!(matches!(
        world.milo.booking().reserve(bob, reserve_hold(hold.id)).await,
        Err(ReserveError::SeatsUnavailable(_))
    ));

    let next = world.milo.booking().hold(bob, showtime, &seats, None).await;

    assert!(matches!(next, Err(HoldSeatsError::SeatsUnavailable(taken)) if taken == seats.as_slice()));
}

#[tokio::test]
async fn two_tabs_of_one_person_are_two_buyers() {
    let world = world().await;
    let (ann, showtime, seats) = (world.person().await, world.hall.showtime.id, world.seats(0..2));
    world.milo.booking().hold(ann, showtime, &seats, None).await.unwrap();
    let second = world.milo.booking().hold(ann, showtime, &seats, None).await;
    assert!(matches!(second, Err(HoldSeatsError::SeatsUnavailable(_))));
}

#[tokio::test]
async fn a_double_click_makes_one_reservation() {
    let world = world().await;
    let (ann, showtime, seats) = (world.person().await, world.hall.showtime.id, world.seats(0..2));
    let hold = world.milo.booking().hold(ann, showtime, &seats, None).await.unwrap();
    let booking = world.milo.booking();
    let (first, second) = tokio::join!(
        booking.reserve(ann, reserve_hold(hold.id)),
        booking.reserve(ann, reserve_hold(hold.id)),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.booking().reservation.id, second.booking().reservation.id);
    assert_eq!(world.store.audit().bookings.len(), 1);
}

#[tokio::test]
async fn a_direct_reservation_whose_first_try_was_refused_does_not_take_seats_that_others_hold() {
    let world = world().await;
    let (ann, bob, showtime, seats) = (
        world.person().await,
        world.person().await,
        world.hall.showtime.id,
        world.seats(0..2),
    );
    let source = ReserveSource::Seats {
        showtime,
        seats: seats.clone(),
    };
    let request = Reserve {
        source,
        method: method("tok_ok"),
        key: Some(key("kiosk")),
    };
    // Refused after the seats were held: the prices had changed in between.
    let plan = FaultPlan::scripted([(
        milo_adapters::layers::FaultAt::Call {
            port: "booking_store",
            operation: "place",
            nth: 0,
        },
        milo_adapters::layers::Fault::Refused,
    )]);
    let mut ports = world.calm.ports().clone();
    ports.bookings = std::sync::Arc::new(milo_adapters::layers::Faulty::new(ports.bookings.clone(), plan));
    let milo = milo_core::Milo::new(ports, world.calm.policy().clone());
    assert!(milo.booking().reserve(ann, request.clone()).await.is_err());
    world
        .milo
        .booking()
        .hold(bob, showtime, &seats, None)
        .await
        .expect("ann's hold was given back");

    let repeated = milo.booking().reserve(ann, request).await;

    assert!(
        matches!(repeated, Err(ReserveError::SeatsUnavailable(_))),
        "{repeated:?}"
    );
}

/// Changes the showtime's prices after somebody held seats, and reserves them.
async fn reserved_after_a_change_of(kind: SeatKind) -> Result<milo_core::booking::Reserved, ReserveError> {
    let world = world().await;
    let (ann, showtime, seats) = (world.person().await, world.hall.showtime.id, world.seats(0..2));
    let hold = world.milo.booking().hold(ann, showtime, &seats, None).await.unwrap();
    assert!(hold.seats.iter().all(|seat| seat.kind == SeatKind::Regular));
    let dearer = world.hall.showtime.prices.iter().map(|(of, price)| {
        let amount = if of == kind {
            price.amount() + 100
        } else {
            price.amount()
        };
        (of, Money::parse(amount, price.currency()).unwrap())
    });
    let patch = ShowtimePatch {
        prices: Some(Prices::parse(dearer.collect()).unwrap()),
        starts_at: None,
    };
    let admin = Admin::trusted(ann.user);
    world
        .milo
        .catalog()
        .change_showtime(admin, showtime, patch, None)
        .await
        .unwrap();
    world.milo.booking().reserve(ann, reserve_hold(hold.id)).await
}

#[tokio::test]
async fn a_change_of_the_price_of_held_seats_is_said_before_anything_is_sold() {
    let refused = reserved_after_a_change_of(SeatKind::Regular).await;
    assert!(matches!(refused, Err(ReserveError::PriceChanged { total }) if total.amount() == 2 * 1100));
}

#[tokio::test]
async fn a_change_of_the_price_of_other_seats_is_nothing_to_the_buyer() {
    let reserved = reserved_after_a_change_of(SeatKind::Premium).await.unwrap();
    assert_eq!(reserved.booking().reservation.total.amount(), 2 * 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_buyers_on_few_seats_sell_each_seat_once_even_while_the_locks_forget() {
    let world = std::sync::Arc::new(world().await);
    let mut buyers = Vec::new();
    for number in 0..120_usize {
        let (world, buyer) = (world.clone(), world.person().await);
        buyers.push(tokio::spawn(async move {
            if number % 20 == 7 {
                world.locks.wipe();
            }
            buy(&world, buyer, number).await
        }));
    }
    let mut sold = BTreeSet::new();
    for buyer in buyers {
        for seat in buyer.await.unwrap() {
            assert!(sold.insert(seat), "seat {seat} was sold twice");
        }
    }
    assert!(sold.len() >= 9, "only {} seats were sold", sold.len());
    world.settle().await;
    world.check().await;
}

/// Wants three neighbouring seats, in an order of its own; gives those it got.
async fn buy(world: &World, buyer: Caller, number: usize) -> Vec<SeatId> {
    let from = (number * 7) % 40;
    let mut wanted = world.hall.seats(from..from + 3);
    wanted.rotate_left(number % 3);
    let selection = SeatSelection::parse(wanted.clone()).unwrap();
    let Ok(hold) = world
        .milo
        .booking()
        .hold(buyer, world.hall.showtime.id, &selection, None)
        .await
    else {
        return Vec::new();
    };
    tokio::task::yield_now().await;
    match world.milo.booking().reserve(buyer, reserve_hold(hold.id)).await {
        Ok(_) => wanted,
        Err(ReserveError::SeatsUnavailable(_) | ReserveError::NoSuchHold | ReserveError::HoldLapsed) => Vec::new(),
        Err(error) => panic!("{error:?}"),
    }
}
