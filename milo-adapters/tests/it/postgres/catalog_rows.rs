//! What the suites of the catalogue do not reach: broken rows, odd cursors, and that Postgres lists as memory does.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::date;
use milo_adapters::memory::{ManualClock, MemoryStore};
use milo_core::conformance::samples;
use milo_core::domain::{
    Cursor, Genre, Language, MovieFilter, PageRequest, SearchText, ShowtimeFilter, Title, ZoneName,
};
use milo_core::ports::{Catalog, Failure};
use uuid::Uuid;

use super::engine::PgEngine;

async fn titles(catalog: &dyn Catalog, filter: &MovieFilter, page: &PageRequest) -> Vec<String> {
    let page = catalog.movies(filter, page).await.unwrap();
    let title = |movie: &Arc<milo_core::domain::Movie>| movie.details.title.as_str().to_owned();
    page.items.iter().map(title).collect()
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_is_corrupt_and_named() {
    let engine = PgEngine::new().await;
    let theater = samples::theater("Palace");
    engine.store.add_theater(&theater).await.unwrap();
    sqlx::query("update theaters set time_zone = 'Mars/Olympus_Mons'")
        .execute(&engine.pool)
        .await
        .unwrap();
    let error = engine.store.theater(theater.id).await.unwrap_err();
    assert_eq!(error.failure, Failure::Corrupt, "{error}");
    let named = format!("theaters {}: time_zone must be an IANA time zone", theater.id);
    assert!(error.message.starts_with(&named), "{error}");
}

#[tokio::test]
async fn odd_cursors_begin_where_they_do_in_memory() {
    let (engine, memory) = (
        PgEngine::new().await,
        MemoryStore::new(Arc::new(ManualClock::default())),
    );
    for title in ["A", "AA", "B", "é", "\u{10FFFF}"] {
        let movie = samples::movie(title);
        engine.store.add_movie(&movie).await.unwrap();
        memory.add_movie(&movie).await.unwrap();
    }
    let all = MovieFilter::default();
    for key in ["", "A", "A\0", "A\0B", "\0", "AA\u{1}", "a", "\u{FFFF}"] {
        for id in [Uuid::nil(), Uuid::max()] {
            let after = Cursor {
                key: key.to_owned(),
                id,
            };
            let page = PageRequest::parse(10, Some(after)).unwrap();
            let expected = titles(&memory, &all, &page).await;
            assert_eq!(
                titles(&*engine.store, &all, &page).await,
                expected,
                "after {key:?}, {id}"
            );
        }
    }
}

#[tokio::test]
async fn texts_compare_without_case_as_in_memory() {
    let (engine, memory) = (
        PgEngine::new().await,
        MemoryStore::new(Arc::new(ManualClock::default())),
    );
    for text in [
        "STRASSE",
        "Straße",
        "ΟΔΟΣ",
        "οδοσ",
        "οδος",
        "İstanbul",
        "istanbul",
        "DŽungla",
        "100%_\\",
    ] {
        let mut movie = samples::movie(text);
        movie.details.language = Language::parse(text).unwrap();
        movie.details.genres = samples::genres(&[text, "Drama"]);
        engine.store.add_movie(&movie).await.unwrap();
        memory.add_movie(&movie).await.unwrap();
    }
    let page = PageRequest::first();
    for text in [
        "strasse",
        "STRAẞE",
        "οδος",
        "ΟΔΟΣ",
        "ISTANBUL",
        "i̇stanbul",
        "džungla",
        "%",
        "_",
        "\\",
        "s",
    ] {
        let filters = [
            MovieFilter {
                search: Some(SearchText::parse(text).unwrap()),
                ..MovieFilter::default()
            },
            MovieFilter {
                genre: Some(Genre::parse(text).unwrap()),
                ..MovieFilter::default()
            },
            MovieFilter {
                language: Some(Language::parse(text).unwrap()),
                ..MovieFilter::default()
            },
        ];
        for filter in filters {
            let expected = titles(&memory, &filter, &page).await;
            assert_eq!(titles(&*engine.store, &filter, &page).await, expected, "{filter:?}");
        }
    }
}

/// Clocks are put back at one to midnight in Havana, and forward at midnight to one in Cairo.
#[tokio::test]
async fn days_begin_and_end_as_in_memory() {
    let (engine, memory) = (
        PgEngine::new().await,
        MemoryStore::new(Arc::new(ManualClock::default())),
    );
    let stores: [&dyn Catalog; 2] = [&*engine.store, &memory];
    for (zone, hours_from) in [
        ("America/Havana", "2026-10-31T23:30:00Z"),
        ("Africa/Cairo", "2026-04-23T16:30:00Z"),
        ("Pacific/Kiritimati", "2026-10-31T06:30:00Z"),
    ] {
        let mut theater = samples::theater(zone);
        theater.details.time_zone = ZoneName::parse(zone).unwrap();
        let screen = samples::screen(theater.id, "One");
        for store in stores {
            store.add_theater(&theater).await.unwrap();
            store.add_screen(&screen).await.unwrap();
        }
        let from: Timestamp = hours_from.parse().unwrap();
        for hour in 0..14 {
            let starts_at = from + jiff::SignedDuration::from_hours(2 * hour);
            let mut movie = samples::movie("untitled");
            movie.details.title = Title::parse(&format!("{zone} {starts_at}")).unwrap();
            let showtime = samples::showtime(&movie, &screen, starts_at);
            for store in stores {
                store.add_movie(&movie).await.unwrap();
                store.add_showtime(&showtime).await.unwrap();
            }
        }
    }
    let mut found = 0;
    for day in [
        date(2026, 4, 23),
        date(2026, 4, 24),
        date(2026, 10, 31),
        date(2026, 11, 1),
        date(2026, 11, 2),
        jiff::civil::Date::MIN,
        jiff::civil::Date::MAX,
    ] {
        let filter = MovieFilter {
            showing_on: Some(day),
            ..MovieFilter::default()
        };
        let expected = titles(&memory, &filter, &PageRequest::first()).await;
        found += expected.len();
        assert_eq!(
            titles(&*engine.store, &filter, &PageRequest::first()).await,
            expected,
            "{day}"
        );
    }
    assert!(found > 0, "some of the days are shown on");
}

#[tokio::test]
async fn times_that_postgres_cannot_name_bound_a_list_all_the_same() {
    let engine = PgEngine::new().await;
    let everything = ShowtimeFilter {
        from: Some(Timestamp::MIN),
        to: Some(Timestamp::MAX),
        ..ShowtimeFilter::default()
    };
    let nothing = ShowtimeFilter {
        to: Some(Timestamp::MIN),
        ..ShowtimeFilter::default()
    };
    let hall = samples::Hall::open(&*engine.store, samples::long_ago()).await;
    let page = engine
        .store
        .showtimes(&everything, &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(
        page.items.iter().map(|showtime| showtime.id).collect::<Vec<_>>(),
        [hall.showtime.id]
    );
    let page = engine.store.showtimes(&nothing, &PageRequest::first()).await.unwrap();
    assert_eq!(page.items, []);
}
