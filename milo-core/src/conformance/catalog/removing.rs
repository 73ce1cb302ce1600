use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{StoreFixture, samples};
use crate::domain::{Screen, Version};
use crate::ports::ChangeError;

/// Whether the hall's film, theater, screen and showtime are there.
async fn there(scene: &Scene) -> [bool; 4] {
    let (catalog, hall) = (&scene.catalog, &scene.hall);
    [
        catalog.movie(hall.movie.id).await.unwrap().is_some(),
        catalog.theater(hall.theater.id).await.unwrap().is_some(),
        catalog.screen(hall.screen.id).await.unwrap().is_some(),
        catalog.showtime(hall.showtime.id).await.unwrap().is_some(),
    ]
}

/// A film goes with its reviews and showtimes; the screen is free for others.
pub async fn a_film_is_removed_with_its_reviews_and_showtimes(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let review = samples::review(&scene.hall, scene.ann, 4);
    scene.reviews.add(&review).await.unwrap();
    scene
        .catalog
        .remove_movie(scene.hall.movie.id, scene.hall.movie.version)
        .await
        .unwrap();
    assert_eq!(there(&scene).await, [false, true, true, false]);
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), None);
    let movie = samples::movie("Instead");
    scene.catalog.add_movie(&movie).await.unwrap();
    let instead = samples::showtime(&movie, &scene.hall.screen, scene.hall.showtime.starts_at);
    scene.catalog.add_showtime(&instead).await.unwrap();
}

/// A screen goes with its layout and showtimes.
pub async fn a_screen_is_removed_with_its_layout_and_showtimes(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    scene
        .catalog
        .remove_screen(scene.hall.screen.id, scene.hall.screen.version)
        .await
        .unwrap();
    assert_eq!(there(&scene).await, [true, true, false, false]);
    assert_eq!(scene.catalog.layout(scene.hall.screen.id).await.unwrap(), None);
}

/// A theater goes with its screens and showtimes, and with nobody else's.
pub async fn a_theater_is_removed_with_its_screens_and_showtimes(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let other = samples::Hall::open(&*scene.catalog, scene.hall.showtime.starts_at).await;
    scene
        .catalog
        .remove_theater(scene.hall.theater.id, scene.hall.theater.version)
        .await
        .unwrap();
    assert_eq!(there(&scene).await, [true, false, false, false]);
    assert_eq!(scene.catalog.layout(scene.hall.screen.id).await.unwrap(), None);
    assert_eq!(
        scene.catalog.layout(other.screen.id).await.unwrap().as_deref(),
        Some(&other.layout)
    );
    assert!(scene.catalog.showtime(other.showtime.id).await.unwrap().is_some());
}

/// Once reserved, for ever kept: not even an ended reservation lets its film, screen or theater go.
pub async fn nothing_that_was_ever_reserved_is_removed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let (catalog, hall) = (&scene.catalog, &scene.hall);
    let booking = samples::placed(&*scene.bookings, &hall.placement(scene.ann, 0..1)).await;
    for ended in [false, true] {
        if ended {
            samples::withdrawn(&*scene.bookings, &booking).await;
        }
        let refused = catalog.remove_movie(hall.movie.id, hall.movie.version).await;
        assert_is!(refused, Err(ChangeError::InUse));
        let refused = catalog.remove_screen(hall.screen.id, hall.screen.version).await;
        assert_is!(refused, Err(ChangeError::InUse));
        let refused = catalog.remove_theater(hall.theater.id, hall.theater.version).await;
        assert_is!(refused, Err(ChangeError::InUse));
        assert_eq!(there(&scene).await, [true; 4]);
    }
    assert_eq!(
        catalog.layout(hall.screen.id).await.unwrap().as_deref(),
        Some(&hall.layout)
    );
}

/// A removal that was decided on another version is refused, and nothing happens.
pub async fn a_stale_removal_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let (catalog, hall) = (&scene.catalog, &scene.hall);
    assert_is!(
        catalog.remove_movie(hall.movie.id, Version(9)).await,
        Err(ChangeError::Stale)
    );
    assert_is!(
        catalog.remove_screen(hall.screen.id, Version(9)).await,
        Err(ChangeError::Stale)
    );
    assert_is!(
        catalog.remove_theater(hall.theater.id, Version(9)).await,
        Err(ChangeError::Stale)
    );
    assert_eq!(there(&scene).await, [true; 4]);
}

/// What is not there, or not any more, is not found.
pub async fn an_unknown_record_is_not_removed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let catalog = &scene.catalog;
    assert_is!(
        catalog.remove_movie(samples::id(), Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_is!(
        catalog.remove_screen(samples::id(), Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_is!(
        catalog.remove_theater(samples::id(), Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    let bare: Screen = samples::screen(scene.hall.theater.id, "Bare");
    catalog.add_screen(&bare).await.unwrap();
    catalog.remove_screen(bare.id, bare.version).await.unwrap();
    assert_is!(
        catalog.remove_screen(bare.id, bare.version).await,
        Err(ChangeError::NotFound)
    );
}
