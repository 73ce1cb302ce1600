use std::sync::Arc;

use crate::conformance::stamp::assert_is;
use crate::conformance::{LONG, StoreFixture, later, samples};
use crate::domain::{
    City, PlaceName, Region, Screen, ScreenDetails, ScreenKind, Theater, TheaterDetails, TheaterFilter, Version,
};
use crate::ports::{AddError, Catalog, ChangeError};

use super::read_all;

async fn theater(catalog: &dyn Catalog, name: &str) -> Theater {
    let theater = samples::theater(name);
    catalog.add_theater(&theater).await.unwrap();
    theater
}

async fn screen(catalog: &dyn Catalog, theater: &Theater, name: &str) -> Screen {
    let screen = samples::screen(theater.id, name);
    catalog.add_screen(&screen).await.unwrap();
    screen
}

fn renamed_theater(theater: &Theater, name: &str) -> Theater {
    Theater {
        version: theater.version.next(),
        details: TheaterDetails {
            name: PlaceName::parse(name).unwrap(),
            is_active: false,
            ..theater.details.clone()
        },
        ..theater.clone()
    }
}

fn renamed_screen(screen: &Screen, name: &str) -> Screen {
    Screen {
        version: screen.version.next(),
        details: ScreenDetails {
            name: PlaceName::parse(name).unwrap(),
            kind: ScreenKind::ThreeD,
            is_active: false,
        },
        ..screen.clone()
    }
}

/// A theater is kept as it was given, and adding never overwrites.
pub async fn a_theater_is_added_once(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let theater = theater(catalog, "Palace").await;
    let again = Theater {
        version: Version::FIRST,
        ..renamed_theater(&theater, "Other")
    };
    assert_is!(catalog.add_theater(&again).await, Err(AddError::Exists));
    assert_eq!(catalog.theater(theater.id).await.unwrap().as_deref(), Some(&theater));
    assert_eq!(catalog.theater(samples::id()).await.unwrap(), None);
}

/// A theater changes from its stored version only.
pub async fn a_theater_is_changed_from_its_version_only(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let first = theater(catalog, "Palace").await;
    let second = renamed_theater(&first, "Grand Palace");
    catalog.change_theater(&second, first.version).await.unwrap();
    let stale = catalog
        .change_theater(&renamed_theater(&first, "Stale"), first.version)
        .await;
    assert_is!(stale, Err(ChangeError::Stale));
    let unknown = renamed_theater(&samples::theater("Unknown"), "Unknown");
    assert_is!(
        catalog.change_theater(&unknown, Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_eq!(catalog.theater(first.id).await.unwrap().as_deref(), Some(&second));
}

/// Names compare byte by byte; city and state match without regard to case.
pub async fn theaters_are_listed_by_name_and_filtered(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    for (name, city, state, active) in [
        ("plaza", "Albany", "New York", true),
        ("Palace", "albany", "Georgia", true),
        ("Rex", "Troy", "New York", false),
        ("Palace", "Troy", "new york", true),
    ] {
        let mut theater = samples::theater(name);
        theater.details.city = City::parse(city).unwrap();
        theater.details.state = Region::parse(state).unwrap();
        theater.details.is_active = active;
        catalog.add_theater(&theater).await.unwrap();
    }
    let list = async |city: Option<&str>, state: Option<&str>, active| {
        let filter = &TheaterFilter {
            city: city.map(|city| City::parse(city).unwrap()),
            state: state.map(|state| Region::parse(state).unwrap()),
            active,
        };
        let key = |theater: &Arc<Theater>| (theater.details.name.as_str().to_owned(), theater.id.0);
        let theaters = read_all(|page| async move { catalog.theaters(filter, &page).await }, key).await;
        assert!(theaters.is_sorted_by_key(|theater| (theater.details.name.as_str().to_owned(), theater.id)));
        theaters
            .iter()
            .map(|theater| theater.details.name.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, None).await, ["Palace", "Palace", "Rex", "plaza"]);
    assert_eq!(list(Some("ALBANY"), None, None).await, ["Palace", "plaza"]);
    assert_eq!(list(None, Some("NEW YORK"), None).await, ["Palace", "Rex", "plaza"]);
    assert_eq!(list(None, None, Some(false)).await, ["Rex"]);
    assert_eq!(list(Some("Troy"), Some("New York"), Some(true)).await, ["Palace"]);
    assert_eq!(
        list(Some("Alb"), None, None).await,
        [""; 0],
        "a part of a name does not match"
    );
}

/// A screen is kept without seats, in a theater that exists.
pub async fn a_screen_is_added_once_to_its_theater(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let theater = theater(catalog, "Palace").await;
    let screen = screen(catalog, &theater, "One").await;
    assert_eq!(catalog.screen(screen.id).await.unwrap().as_deref(), Some(&screen));
    assert_eq!(catalog.screen(samples::id()).await.unwrap(), None);
    let again = Screen {
        version: Version::FIRST,
        ..renamed_screen(&screen, "Other")
    };
    assert_is!(catalog.add_screen(&again).await, Err(AddError::Exists));
    assert_eq!(catalog.screen(screen.id).await.unwrap().as_deref(), Some(&screen));

    let orphan = samples::screen(samples::id(), "Orphan");
    assert_is!(catalog.add_screen(&orphan).await, Err(AddError::MissingParent));
    assert_eq!(catalog.screen(orphan.id).await.unwrap(), None);
}

/// A screen changes from its stored version only.
pub async fn a_screen_is_changed_from_its_version_only(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let theater = theater(catalog, "Palace").await;
    let first = screen(catalog, &theater, "One").await;
    let second = renamed_screen(&first, "Two");
    catalog.change_screen(&second, first.version).await.unwrap();
    let stale = catalog
        .change_screen(&renamed_screen(&first, "Stale"), first.version)
        .await;
    assert_is!(stale, Err(ChangeError::Stale));
    let unknown = renamed_screen(&samples::screen(theater.id, "Unknown"), "Unknown");
    assert_is!(
        catalog.change_screen(&unknown, Version::FIRST).await,
        Err(ChangeError::NotFound)
    );
    assert_eq!(catalog.screen(first.id).await.unwrap().as_deref(), Some(&second));
}

/// A change of the details moves no screen and counts no seats.
pub async fn a_change_leaves_a_screens_theater_and_capacity(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let hall = samples::Hall::open(catalog, later(fixture.now().await, LONG)).await;
    let elsewhere = theater(catalog, "Elsewhere").await;
    let changed = Screen {
        theater: elsewhere.id,
        capacity: 9,
        ..renamed_screen(&hall.screen, "Two")
    };
    catalog.change_screen(&changed, hall.screen.version).await.unwrap();
    let expected = Screen {
        theater: hall.theater.id,
        capacity: hall.layout.capacity(),
        ..changed
    };
    assert_eq!(catalog.screen(expected.id).await.unwrap().as_deref(), Some(&expected));
    assert_eq!(
        catalog.layout(expected.id).await.unwrap().as_deref(),
        Some(&hall.layout)
    );
}

/// The screens of one theater, by name, then id.
pub async fn screens_are_listed_by_name(fixture: &impl StoreFixture) {
    let catalog = &*fixture.catalog();
    let (palace, rex) = (theater(catalog, "Palace").await, theater(catalog, "Rex").await);
    for name in ["two", "Two", "One", "Two", "10"] {
        screen(catalog, &palace, name).await;
    }
    screen(catalog, &rex, "One").await;
    let key = |screen: &Arc<Screen>| (screen.details.name.as_str().to_owned(), screen.id.0);
    let screens = read_all(|page| async move { catalog.screens(palace.id, &page).await }, key).await;
    let names: Vec<_> = screens.iter().map(|screen| screen.details.name.as_str()).collect();
    assert_eq!(names, ["10", "One", "Two", "Two", "two"]);
    assert!(screens[2].id < screens[3].id);
    let nowhere = catalog
        .screens(samples::id(), &crate::domain::PageRequest::first())
        .await
        .unwrap();
    assert_eq!(nowhere.items, []);
}
