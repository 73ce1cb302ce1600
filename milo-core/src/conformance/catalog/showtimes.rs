use std::sync::Arc;
use std::time::Duration;

use crate::conformance::stamp::assert_is;
use crate::conformance::store_fixture::Scene;
use crate::conformance::{LONG, StoreFixture, earlier, later, samples};
use crate::domain::{Screen, Showtime, ShowtimeFilter, Version};
use crate::ports::{AddError, ChangeError};

use super::read_all;

const MICROSECOND: Duration = Duration::from_micros(1);

async fn stored(scene: &Scene, showtime: &Showtime) -> Option<Showtime> {
    scene
        .catalog
        .showtime(showtime.id)
        .await
        .unwrap()
        .map(Arc::unwrap_or_clone)
}

/// From a moment that the hall's showtime ends at, for as long as that one lasts.
fn following(scene: &Scene) -> Showtime {
    samples::showtime(&scene.hall.movie, &scene.hall.screen, scene.hall.showtime.ends_at)
}

fn length(showtime: &Showtime) -> Duration {
    Duration::try_from(showtime.ends_at.duration_since(showtime.starts_at)).unwrap()
}

fn shifted_back(showtime: &Showtime, by: Duration) -> Showtime {
    Showtime {
        version: showtime.version.next(),
        starts_at: earlier(showtime.starts_at, by),
        ends_at: earlier(showtime.ends_at, by),
        ..showtime.clone()
    }
}

/// A showtime is kept as it was given, and adding never overwrites.
pub async fn a_showtime_is_added_once(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let showtime = &scene.hall.showtime;
    assert_eq!(stored(&scene, showtime).await.as_ref(), Some(showtime));
    let again = Showtime {
        version: Version::FIRST,
        ..samples::moved(showtime, 10 * LONG)
    };
    assert_is!(scene.catalog.add_showtime(&again).await, Err(AddError::Exists));
    assert_is!(scene.catalog.add_showtime(showtime).await, Err(AddError::Exists));
    assert_eq!(stored(&scene, showtime).await.as_ref(), Some(showtime));
    assert_eq!(stored(&scene, &following(&scene)).await, None);
}

/// A showtime needs its film and its screen.
pub async fn a_showtime_needs_its_film_and_screen(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let filmless = Showtime {
        movie: samples::id(),
        ..following(&scene)
    };
    let screenless = Showtime {
        screen: samples::id(),
        ..following(&scene)
    };
    for orphan in [filmless, screenless] {
        assert_is!(scene.catalog.add_showtime(&orphan).await, Err(AddError::MissingParent));
        assert_eq!(stored(&scene, &orphan).await, None);
    }
}

/// One may start the very moment that another ends, before and after.
pub async fn touching_showtimes_do_not_meet(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    scene.catalog.add_showtime(&following(&scene)).await.unwrap();
    let before = earlier(scene.hall.showtime.starts_at, length(&scene.hall.showtime));
    let before = samples::showtime(&scene.hall.movie, &scene.hall.screen, before);
    assert_eq!(before.ends_at, scene.hall.showtime.starts_at);
    scene.catalog.add_showtime(&before).await.unwrap();
}

/// A microsecond is enough to meet, at either end, within and around; the other showtime is named.
pub async fn overlapping_showtimes_are_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let other = &scene.hall.showtime;
    let (start, end) = (other.starts_at, other.ends_at);
    let overlapping = [
        (earlier(end, MICROSECOND), later(end, LONG)),
        (earlier(start, LONG), later(start, MICROSECOND)),
        (later(start, LONG), earlier(end, LONG)),
        (earlier(start, LONG), later(end, LONG)),
        (start, end),
    ];
    for (starts_at, ends_at) in overlapping {
        let showtime = Showtime {
            starts_at,
            ends_at,
            ..following(&scene)
        };
        let refused = scene.catalog.add_showtime(&showtime).await;
        assert_is!(refused, Err(AddError::ScreenBusy { with }) if with == other.id);
        assert_eq!(stored(&scene, &showtime).await, None);
    }
}

/// Other screens and cancelled showtimes are in nobody's way.
pub async fn only_scheduled_showtimes_of_the_screen_are_in_the_way(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let elsewhere: Screen = samples::screen(scene.hall.theater.id, "Elsewhere");
    scene.catalog.add_screen(&elsewhere).await.unwrap();
    let starts_at = scene.hall.showtime.starts_at;
    let parallel = samples::showtime(&scene.hall.movie, &elsewhere, starts_at);
    scene.catalog.add_showtime(&parallel).await.unwrap();

    scene.hall.cancel(&*scene.catalog).await;
    let instead = samples::showtime(&scene.hall.movie, &scene.hall.screen, starts_at);
    scene.catalog.add_showtime(&instead).await.unwrap();
}

/// A showtime changes from its stored version only.
pub async fn a_showtime_is_changed_from_its_version_only(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = &scene.hall.showtime;
    let second = samples::repriced(&samples::moved(first, LONG), 2000);
    let second = Showtime {
        version: first.version.next(),
        ..second
    };
    scene.catalog.change_showtime(&second, first.version).await.unwrap();
    let stale = scene
        .catalog
        .change_showtime(&samples::cancelled(first), first.version)
        .await;
    assert_is!(stale, Err(ChangeError::Stale));
    assert_eq!(stored(&scene, first).await, Some(second));
    let unknown = samples::moved(&following(&scene), LONG);
    let missing = scene.catalog.change_showtime(&unknown, Version::FIRST).await;
    assert_is!(missing, Err(ChangeError::NotFound));
    assert_eq!(stored(&scene, &unknown).await, None);
}

/// A showtime moves up to the very edge of its neighbour and no microsecond further; it is never in its own way.
pub async fn a_showtime_is_not_moved_into_another(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let gap = 10 * LONG;
    let next = samples::showtime(
        &scene.hall.movie,
        &scene.hall.screen,
        later(scene.hall.showtime.ends_at, gap),
    );
    scene.catalog.add_showtime(&next).await.unwrap();
    let too_far = shifted_back(&next, gap + MICROSECOND);
    let refused = scene.catalog.change_showtime(&too_far, next.version).await;
    assert_is!(refused, Err(ChangeError::ScreenBusy { with }) if with == scene.hall.showtime.id);
    assert_eq!(stored(&scene, &next).await.as_ref(), Some(&next));

    let touching = shifted_back(&next, gap);
    scene.catalog.change_showtime(&touching, next.version).await.unwrap();
    let over_itself = samples::moved(&touching, LONG);
    scene
        .catalog
        .change_showtime(&over_itself, touching.version)
        .await
        .unwrap();
    assert_eq!(stored(&scene, &next).await, Some(over_itself));
}

/// A cancelled showtime may be written over another's time: it takes place nowhere.
pub async fn a_cancelled_showtime_meets_nobody(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    scene.hall.cancel(&*scene.catalog).await;
    let instead = scene.hall.again(&*scene.catalog, scene.hall.showtime.starts_at).await;
    let cancelled = samples::repriced(&samples::cancelled(&scene.hall.showtime), 2000);
    scene
        .catalog
        .change_showtime(&cancelled, scene.hall.showtime.version.next())
        .await
        .expect("it is not checked against the one that took its place");
    assert_eq!(stored(&scene, &instead).await, Some(instead));
}

/// A sold showtime never moves, not even after the seats were given back.
pub async fn a_reserved_showtime_is_not_moved(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let booking = samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..1)).await;
    let showtime = &scene.hall.showtime;
    let longer = Showtime {
        version: showtime.version.next(),
        ends_at: later(showtime.ends_at, LONG),
        ..showtime.clone()
    };
    for changed in [samples::moved(showtime, LONG), longer.clone()] {
        let refused = scene.catalog.change_showtime(&changed, showtime.version).await;
        assert_is!(refused, Err(ChangeError::InUse));
    }
    samples::withdrawn(&*scene.bookings, &booking).await;
    let refused = scene.catalog.change_showtime(&longer, showtime.version).await;
    assert_is!(refused, Err(ChangeError::InUse));
    assert_eq!(stored(&scene, showtime).await.as_ref(), Some(showtime));
}

/// Prices change and showtimes are cancelled whatever is sold.
pub async fn a_reserved_showtime_is_repriced_and_cancelled(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    samples::placed(&*scene.bookings, &scene.hall.placement(scene.ann, 0..1)).await;
    let repriced = samples::repriced(&scene.hall.showtime, 2000);
    scene
        .catalog
        .change_showtime(&repriced, scene.hall.showtime.version)
        .await
        .unwrap();
    let cancelled = samples::cancelled(&repriced);
    scene
        .catalog
        .change_showtime(&cancelled, repriced.version)
        .await
        .unwrap();
    assert_eq!(stored(&scene, &cancelled).await, Some(cancelled));
    assert_eq!(
        scene.taken().await.len(),
        1,
        "the seats are given back by the jobs, one by one"
    );
}

/// By start, then id; from inclusive, to exclusive; cancelled ones too.
pub async fn showtimes_are_listed_by_start_and_filtered(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let other = samples::Hall::open(&*scene.catalog, scene.hall.showtime.starts_at).await;
    let second = scene.hall.again(&*scene.catalog, scene.hall.showtime.ends_at).await;
    let third = samples::showtime(&other.movie, &scene.hall.screen, second.ends_at);
    scene.catalog.add_showtime(&third).await.unwrap();
    scene.hall.cancel(&*scene.catalog).await;
    let (first, parallel) = (&scene.hall.showtime, &other.showtime);

    let list = async |filter: ShowtimeFilter| {
        let (filter, catalog) = (&filter, &*scene.catalog);
        let key = |showtime: &Arc<Showtime>| (format!("{:.6}", showtime.starts_at), showtime.id.0);
        let showtimes = read_all(|page| async move { catalog.showtimes(filter, &page).await }, key).await;
        showtimes.iter().map(|showtime| showtime.id).collect::<Vec<_>>()
    };
    let all = ShowtimeFilter::default();
    assert_eq!(list(all.clone()).await, [first.id, parallel.id, second.id, third.id]);
    let from = ShowtimeFilter {
        from: Some(second.starts_at),
        ..all.clone()
    };
    assert_eq!(list(from).await, [second.id, third.id]);
    let to = ShowtimeFilter {
        to: Some(second.starts_at),
        ..all.clone()
    };
    assert_eq!(list(to).await, [first.id, parallel.id]);
    let movie = ShowtimeFilter {
        movie: Some(other.movie.id),
        ..all.clone()
    };
    assert_eq!(list(movie).await, [parallel.id, third.id]);
    let screen = ShowtimeFilter {
        screen: Some(scene.hall.screen.id),
        ..all.clone()
    };
    assert_eq!(list(screen.clone()).await, [first.id, second.id, third.id]);
    let theater = ShowtimeFilter {
        theater: Some(other.theater.id),
        ..all.clone()
    };
    assert_eq!(list(theater).await, [parallel.id]);
    let both = ShowtimeFilter {
        movie: Some(other.movie.id),
        ..screen
    };
    assert_eq!(list(both).await, [third.id]);
    let none = ShowtimeFilter {
        movie: Some(samples::id()),
        ..all
    };
    assert_eq!(list(none).await, []);
}
