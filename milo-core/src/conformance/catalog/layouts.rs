use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{BRIEF, StoreFixture, later, samples};
use crate::domain::{SeatId, SeatLayout, Version};
use crate::ports::ChangeError;

fn without_first_row(scene: &Scene) -> SeatLayout {
    samples::layout(
        scene.hall.screen.id,
        &samples::Hall::ROWS[1..],
        Some(&scene.hall.layout),
    )
}

async fn assert_laid_out(scene: &Scene, layout: &SeatLayout, version: Version) {
    let screen = scene.catalog.screen(scene.hall.screen.id).await.unwrap().unwrap();
    assert_eq!((screen.capacity, screen.version), (layout.capacity(), version));
    assert_eq!(scene.catalog.layout(screen.id).await.unwrap().as_deref(), Some(layout));
}

/// A layout is kept seat by seat, with the screen's capacity and version, in one act.
pub async fn a_layout_is_replaced(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let version = scene.hall.screen.version;
    assert_eq!(version, Version::FIRST.next(), "the first layout was a change");
    assert_laid_out(&scene, &scene.hall.layout, version).await;
    let smaller = without_first_row(&scene);
    scene.catalog.change_layout(&smaller, version).await.unwrap();
    assert_laid_out(&scene, &smaller, version.next()).await;
}

/// A screen that was never laid out has no layout.
pub async fn a_screen_without_seats_has_no_layout(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let bare = samples::screen(scene.hall.theater.id, "Bare");
    scene.catalog.add_screen(&bare).await.unwrap();
    assert_eq!(scene.catalog.layout(bare.id).await.unwrap(), None);
    assert_eq!(scene.catalog.layout(samples::id()).await.unwrap(), None);
}

/// A layout changes from the screen's stored version only.
pub async fn a_stale_layout_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let smaller = without_first_row(&scene);
    assert_is!(
        scene.catalog.change_layout(&smaller, Version::FIRST).await,
        Err(ChangeError::Stale)
    );
    assert_laid_out(&scene, &scene.hall.layout, scene.hall.screen.version).await;
    let unknown = samples::layout(samples::id(), &samples::Hall::ROWS, None);
    assert_is!(
        scene.catalog.change_layout(&unknown, Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_eq!(scene.catalog.layout(unknown.screen).await.unwrap(), None);
}

/// A sold seat of a showtime to come cannot vanish; exactly such seats are named, and nothing changes.
pub async fn a_sold_seat_cannot_vanish(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 10..14)).await;
    let refused = scene
        .catalog
        .change_layout(&without_first_row(&scene), scene.hall.screen.version)
        .await;
    let sorted = |mut seats: Vec<SeatId>| {
        seats.sort_unstable();
        seats
    };
    assert_is!(refused, Err(ChangeError::SeatsInUse(seats)) if sorted(seats.clone()) == scene.hall.seats(10..12));
    assert_laid_out(&scene, &scene.hall.layout, scene.hall.screen.version).await;
}

/// Paid seats cannot vanish either.
pub async fn a_paid_seat_cannot_vanish(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..1)).await;
    samples::confirmed(&*scene.bookings, &booking).await;
    let refused = scene
        .catalog
        .change_layout(&without_first_row(&scene), scene.hall.screen.version)
        .await;
    assert_is!(refused, Err(ChangeError::SeatsInUse(seats)) if seats == scene.hall.seats(0..1));
}

/// Seats that were given back, or that stay in the new layout, are in nobody's way.
pub async fn free_and_kept_seats_do_not_hinder_a_new_layout(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let given_back = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..3)).await;
    samples::withdrawn(&*scene.bookings, &given_back).await;
    let kept = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 12..14)).await;
    let smaller = without_first_row(&scene);
    scene
        .catalog
        .change_layout(&smaller, scene.hall.screen.version)
        .await
        .unwrap();
    assert_laid_out(&scene, &smaller, scene.hall.screen.version.next()).await;
    let taken: Vec<_> = scene.taken().await.iter().map(|row| row.seat).collect();
    assert_eq!(taken, kept.reservation.seat_ids());
    let history = scene
        .bookings
        .booking(given_back.reservation.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        history.reservation.seats, given_back.reservation.seats,
        "history outlives the seats"
    );
}

/// What was sold in a showtime that has started no longer hinders anybody.
pub async fn a_started_showtime_does_not_hinder_a_new_layout(fixture: &impl StoreFixture) {
    let scene = Scene::starting(fixture, later(fixture.now().await, BRIEF)).await;
    let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..3)).await;
    fixture.advance(BRIEF).await;
    let smaller = without_first_row(&scene);
    scene
        .catalog
        .change_layout(&smaller, scene.hall.screen.version)
        .await
        .unwrap();
    let history = scene.bookings.booking(booking.reservation.id).await.unwrap();
    assert_eq!(history, Some(booking));
}
