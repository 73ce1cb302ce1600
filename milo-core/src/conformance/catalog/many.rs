use crate::conformance::store_fixture::Scene;
use crate::conformance::{LONG, Spawn, StoreFixture, TICK, at_once, samples};
use crate::domain::{Movie, Title};
use crate::ports::{AddError, ChangeError};

/// Of many changes from one version exactly one is written; the others are stale.
pub async fn one_of_many_changes_wins(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let catalog = fixture.catalog();
    let movie = samples::movie("Before");
    catalog.add_movie(&movie).await.unwrap();
    let results = at_once(
        spawn,
        (0..32).map(|turn| {
            let mut changed = Movie {
                version: movie.version.next(),
                ..movie.clone()
            };
            changed.details.title = Title::parse(&format!("Turn {turn}")).unwrap();
            let (catalog, expected) = (catalog.clone(), movie.version);
            async move { catalog.change_movie(&changed, expected).await.map(|()| changed) }
        }),
    )
    .await;
    let stale = results
        .iter()
        .filter(|result| matches!(result, Err(ChangeError::Stale)))
        .count();
    assert_eq!(stale, 31, "{results:?}");
    let winner = results.into_iter().find_map(Result::ok);
    assert_eq!(catalog.movie(movie.id).await.unwrap().as_deref(), winner.as_ref());
}

/// Of many who add one record at once, one does.
pub async fn one_of_many_additions_wins(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let catalog = fixture.catalog();
    let theater = samples::theater("Palace");
    let results = at_once(
        spawn,
        (0..32).map(|_| {
            let (catalog, theater) = (catalog.clone(), theater.clone());
            async move { catalog.add_theater(&theater).await }
        }),
    )
    .await;
    let refused = results
        .iter()
        .filter(|result| matches!(result, Err(AddError::Exists)))
        .count();
    assert_eq!(refused, 31, "{results:?}");
}

/// Many showtimes at once for the same time on one screen: one takes place.
pub async fn one_of_many_overlapping_showtimes_is_scheduled(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let results = at_once(
        spawn,
        (0..20).map(|turn| {
            let starts_at = scene.hall.showtime.ends_at + TICK * turn;
            let showtime = samples::showtime(&scene.hall.movie, &scene.hall.screen, starts_at);
            let catalog = scene.catalog.clone();
            async move { catalog.add_showtime(&showtime).await.map(|()| showtime.id) }
        }),
    )
    .await;
    let winner = results
        .iter()
        .find_map(|result| result.as_ref().ok())
        .copied()
        .expect("one is scheduled");
    let busy = |result: &&Result<_, AddError>| matches!(result, Err(AddError::ScreenBusy { with }) if *with == winner);
    assert_eq!(results.iter().filter(busy).count(), 19, "{results:?}");
}

/// Two showtimes that are moved to one time at once: one moves.
pub async fn one_of_two_moves_to_the_same_time_wins(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let first = scene.hall.showtime.clone();
    let second = scene.hall.again(&*scene.catalog, first.ends_at + 30 * LONG).await;
    let target = first.ends_at + 12 * LONG;
    let results = at_once(
        spawn,
        [first, second].map(|showtime| {
            let length = showtime.ends_at.duration_since(showtime.starts_at);
            let moved = crate::domain::Showtime {
                version: showtime.version.next(),
                starts_at: target,
                ends_at: target + length,
                ..showtime.clone()
            };
            let catalog = scene.catalog.clone();
            async move { catalog.change_showtime(&moved, showtime.version).await }
        }),
    )
    .await;
    let busy = |result: &&Result<(), ChangeError>| matches!(result, Err(ChangeError::ScreenBusy { .. }));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert_eq!(results.iter().filter(busy).count(), 1, "{results:?}");
}
