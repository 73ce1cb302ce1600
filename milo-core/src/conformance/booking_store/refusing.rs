use std::time::Duration;

use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{BRIEF, StoreFixture, later, samples};
use crate::domain::{PageRequest, Placement, SeatId};
use crate::ports::PlaceError;

/// Places what must be refused, and proves that nothing at all was written.
async fn refused(scene: &Scene, placement: &Placement) -> PlaceError {
    let keyed = samples::keyed();
    let placement = Placement {
        keyed: Some(keyed.clone()),
        ..placement.clone()
    };
    let before = scene.taken().await;
    scene.drain().await;
    let error = scene
        .bookings
        .place(&placement)
        .await
        .expect_err("the placement is refused");
    assert_eq!(scene.taken().await, before, "no seat was claimed");
    assert_eq!(scene.drain().await, [], "no message was written");
    let bookings = &scene.bookings;
    assert_eq!(bookings.booking(placement.reservation).await.unwrap(), None);
    assert_eq!(bookings.by_hold(placement.user, placement.hold).await.unwrap(), None);
    assert_eq!(bookings.by_key(placement.user, &keyed.key).await.unwrap(), None);
    assert_eq!(bookings.claim_payment(placement.payment, BRIEF).await.unwrap(), None);
    let listed = bookings
        .bookings_of(placement.user, &PageRequest::first())
        .await
        .unwrap();
    assert!(
        listed
            .items
            .iter()
            .all(|booking| booking.reservation.id != placement.reservation)
    );
    error
}

fn sorted(mut seats: Vec<SeatId>) -> Vec<SeatId> {
    seats.sort_unstable();
    seats
}

/// One sold seat refuses them all, and exactly the sold ones are named.
pub async fn sold_seats_are_refused_and_named(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 2..4)).await;
    let error = refused(&scene, &scene.hall.placement(scene.bob, 0..6)).await;
    assert_is!(error, PlaceError::SeatsSold(seats) if sorted(seats.clone()) == scene.hall.seats(2..4));
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.bob, 0..2)).await;
}

/// A seat of another screen is not for sale here.
pub async fn seats_that_are_not_on_the_screen_are_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let mut placement = scene.hall.placement(scene.ann, 0..2);
    let unknown: SeatId = samples::id();
    placement.seats[1].id = unknown;
    assert_is!(refused(&scene, &placement).await, PlaceError::SeatsSold(seats) if seats == [unknown]);
}

/// A seat that a new layout no longer has cannot be sold any more.
pub async fn seats_that_vanished_from_the_layout_are_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = scene.hall.placement(scene.ann, 11..13);
    let smaller = samples::layout(
        scene.hall.screen.id,
        &samples::Hall::ROWS[1..],
        Some(&scene.hall.layout),
    );
    scene
        .catalog
        .change_layout(&smaller, scene.hall.screen.version)
        .await
        .unwrap();
    assert_is!(refused(&scene, &placement).await, PlaceError::SeatsSold(seats) if seats == scene.hall.seats(11..12));
}

/// A showtime that nobody knows is closed.
pub async fn an_unknown_showtime_is_closed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let placement = Placement {
        showtime: samples::id(),
        ..scene.hall.placement(scene.ann, 0..2)
    };
    assert_is!(refused(&scene, &placement).await, PlaceError::ShowtimeClosed);
}

/// A cancelled showtime is closed, and that is said before its seats are looked at.
pub async fn a_cancelled_showtime_is_closed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..2)).await;
    scene.hall.cancel(&*scene.catalog).await;
    assert_is!(
        refused(&scene, &scene.hall.placement(scene.bob, 0..2)).await,
        PlaceError::ShowtimeClosed
    );
    assert_is!(
        refused(&scene, &scene.hall.placement(scene.bob, 2..4)).await,
        PlaceError::ShowtimeClosed
    );
}

/// Sales close when the showtime starts, on the store's clock.
pub async fn a_started_showtime_is_closed(fixture: &impl StoreFixture) {
    let scene = Scene::starting(fixture, later(fixture.now().await, BRIEF)).await;
    if fixture.is_manual() {
        fixture.advance(BRIEF - Duration::from_micros(1)).await;
        samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..2)).await;
        fixture.advance(Duration::from_micros(1)).await;
    } else {
        fixture.advance(BRIEF).await;
    }
    assert_is!(
        refused(&scene, &scene.hall.placement(scene.bob, 2..4)).await,
        PlaceError::ShowtimeClosed
    );
}

/// A quote at old prices is refused; one at the new prices is not.
pub async fn an_outdated_price_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let outdated = scene.hall.placement(scene.ann, 0..2);
    let showtime = samples::repriced(&scene.hall.showtime, 2000);
    scene
        .catalog
        .change_showtime(&showtime, scene.hall.showtime.version)
        .await
        .unwrap();
    assert_is!(refused(&scene, &outdated).await, PlaceError::PriceChanged);
    let current = samples::placed(&*scene.bookings, &scene.hall.placement_in(&showtime, scene.ann, 0..2)).await;
    assert_eq!(current.reservation.total, samples::dollars(4000));
}

/// A change of the prices leaves what is sold at the price it was sold at.
pub async fn a_sold_seat_keeps_its_price(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..2)).await;
    let showtime = samples::repriced(&scene.hall.showtime, 2000);
    scene
        .catalog
        .change_showtime(&showtime, scene.hall.showtime.version)
        .await
        .unwrap();
    let stored = scene.bookings.booking(booking.reservation.id).await.unwrap();
    assert_eq!(stored, Some(booking));
}

/// The limit is on unpaid seats of one user in one showtime, the new ones included.
pub async fn too_many_unpaid_seats_are_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..6)).await;
    let paying = samples::begun(&*scene.bookings, &first).await;
    let too_many = scene.hall.placement(scene.ann, 6..11);
    assert_is!(refused(&scene, &too_many).await, PlaceError::TooManySeats);
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 6..10)).await;
    assert_is!(
        refused(&scene, &scene.hall.placement(scene.ann, 10..11)).await,
        PlaceError::TooManySeats
    );

    // Another person, and another showtime, have limits of their own.
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.bob, 10..20)).await;
    let evening = scene.hall.again(&*scene.catalog, scene.hall.showtime.ends_at).await;
    samples::placed(&*scene.bookings, &scene.hall.placement_in(&evening, scene.ann, 0..10)).await;

    // Paid seats no longer count.
    let capturing = scene.bookings.apply(&samples::to_capture(&paying)).await.unwrap();
    scene.bookings.apply(&samples::to_confirm(&capturing)).await.unwrap();
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 20..26)).await;
    assert_is!(
        refused(&scene, &scene.hall.placement(scene.ann, 26..27)).await,
        PlaceError::TooManySeats
    );
}

/// What is given back no longer counts against the limit.
pub async fn released_seats_do_not_count_against_the_limit(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..10)).await;
    samples::withdrawn(&*scene.bookings, &first).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 5..15)).await;
}

/// A code stands on one ticket.
pub async fn a_code_in_use_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = scene.hall.placement(scene.ann, 0..2);
    samples::placed(&*scene.bookings, &first).await;
    let twin = Placement {
        code: first.code.clone(),
        ..scene.hall.placement(scene.bob, 2..4)
    };
    assert_is!(refused(&scene, &twin).await, PlaceError::CodeTaken);
    samples::placed(
        &*scene.bookings,
        &Placement {
            code: scene.hall.placement(scene.bob, 2..4).code,
            ..twin
        },
    )
    .await;
}
