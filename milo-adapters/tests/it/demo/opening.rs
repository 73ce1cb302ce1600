use futures_util::future::join_all;
use milo_adapters::demo::{Opened, open};
use milo_core::domain::{MovieFilter, PageRequest};

use super::{empty, showtimes, somebody, time};

fn made(opened: &Opened) -> bool {
    matches!(opened, Opened::Made { .. })
}

#[tokio::test]
async fn a_second_start_makes_no_second_demo() {
    let milo = empty(time("2026-11-23T15:00:00Z"));
    assert!(made(&open(&milo).await.unwrap()));
    let before = showtimes(&milo).await.len();

    assert!(!made(&open(&milo).await.unwrap()));

    assert_eq!(showtimes(&milo).await.len(), before);
}

#[tokio::test]
async fn of_three_that_start_at_once_one_makes_it() {
    let milo = empty(time("2026-11-23T15:00:00Z"));

    let opened = join_all((0..3).map(|_| open(&milo))).await;

    let makers = opened.iter().filter(|opened| made(opened.as_ref().unwrap())).count();
    assert_eq!(makers, 1);
}

#[tokio::test]
async fn a_catalogue_of_somebody_elses_is_left_alone() {
    let milo = empty(time("2026-11-23T15:00:00Z"));
    let film = milo_core::conformance::samples::movie("Somebody else's");
    milo.catalog().add_movie(somebody(), film.details, None).await.unwrap();

    assert!(!made(&open(&milo).await.unwrap()));

    let films = milo
        .catalog()
        .movies(&MovieFilter::default(), &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(films.items.len(), 1);
}
