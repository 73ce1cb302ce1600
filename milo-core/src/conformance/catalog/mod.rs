//! The suite of [`Catalog`](crate::ports::Catalog).

mod films;
mod layouts;
mod many;
mod places;
mod removing;
mod showtimes;

pub use films::*;
pub use layouts::*;
pub use many::*;
pub use places::*;
pub use removing::*;
pub use showtimes::*;

use uuid::Uuid;

use crate::domain::{Cursor, Page, PageRequest};
use crate::ports::PortError;

/// Reads a list page by page, two rows at a time; fails if a page or a cursor is not as promised.
async fn read_all<T: Clone, Reading: Future<Output = Result<Page<T>, PortError>>>(
    read: impl Fn(PageRequest) -> Reading,
    key: impl Fn(&T) -> (String, Uuid),
) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = read(PageRequest::parse(2, after).unwrap()).await.unwrap();
        assert!(page.items.len() <= 2, "never more rows than asked");
        let full = page.items.len() == 2;
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        assert!(full, "only a full page has another one after it");
        assert_eq!(
            (next.key.clone(), next.id),
            key(&seen[seen.len() - 1]),
            "the cursor names the last row"
        );
        after = Some(next);
    }
    let whole = read(PageRequest::first()).await.unwrap();
    assert_eq!(whole.items.len(), seen.len(), "pages and the whole list agree");
    assert_eq!(whole.next, None);
    seen
}

/// Stamps the suite of the catalogue; takes a future that makes a [`StoreFixture`](crate::conformance::StoreFixture).
#[macro_export]
macro_rules! catalog_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            catalog,
            $fixture,
            cases: [
                a_film_is_kept,
                a_film_is_added_once,
                a_film_is_changed_from_its_version_only,
                a_change_leaves_the_reviews_of_a_film,
                films_are_listed_by_title_then_id,
                films_are_filtered_by_genre_and_language,
                films_are_found_by_words,
                films_are_filtered_by_the_theaters_day,
                a_layout_is_replaced,
                a_screen_without_seats_has_no_layout,
                a_stale_layout_is_refused,
                a_sold_seat_cannot_vanish,
                a_paid_seat_cannot_vanish,
                free_and_kept_seats_do_not_hinder_a_new_layout,
                a_started_showtime_does_not_hinder_a_new_layout,
                a_theater_is_added_once,
                a_theater_is_changed_from_its_version_only,
                theaters_are_listed_by_name_and_filtered,
                a_screen_is_added_once_to_its_theater,
                a_screen_is_changed_from_its_version_only,
                a_change_leaves_a_screens_theater_and_capacity,
                screens_are_listed_by_name,
                a_film_is_removed_with_its_reviews_and_showtimes,
                a_screen_is_removed_with_its_layout_and_showtimes,
                a_theater_is_removed_with_its_screens_and_showtimes,
                nothing_that_was_ever_reserved_is_removed,
                a_stale_removal_is_refused,
                an_unknown_record_is_not_removed,
                a_showtime_is_added_once,
                a_showtime_needs_its_film_and_screen,
                touching_showtimes_do_not_meet,
                overlapping_showtimes_are_refused,
                only_scheduled_showtimes_of_the_screen_are_in_the_way,
                a_showtime_is_changed_from_its_version_only,
                a_showtime_is_not_moved_into_another,
                a_cancelled_showtime_meets_nobody,
                a_reserved_showtime_is_not_moved,
                a_reserved_showtime_is_repriced_and_cancelled,
                showtimes_are_listed_by_start_and_filtered,
            ],
            at_once: [
                one_of_many_changes_wins,
                one_of_many_additions_wins,
                one_of_many_overlapping_showtimes_is_scheduled,
                one_of_two_moves_to_the_same_time_wins,
            ],
        );
    };
}
