use std::sync::Arc;

use milo_core::domain::{Cursor, Page, PageRequest, Showtime, ShowtimeFilter, Version};
use milo_core::ports::{AddError, ChangeError};

use super::catalog_tables::{CatalogTables, expect};
use super::listing::{Listing, ascending, page, time_key};
use super::state::State;

pub(super) fn add(state: &mut State, showtime: &Showtime) -> Result<(), AddError> {
    let catalog = &mut state.catalog;
    if catalog.showtimes.contains_key(&showtime.id) {
        return Err(AddError::Exists);
    }
    let screen = catalog.screens.get(&showtime.screen);
    let in_theater = screen.is_some_and(|row| row.screen.theater == showtime.theater);
    if !in_theater || !catalog.movies.contains_key(&showtime.movie) {
        return Err(AddError::MissingParent);
    }
    if let Some(with) = catalog.busy_with(showtime) {
        return Err(AddError::ScreenBusy { with });
    }
    catalog.put_showtime(showtime.clone());
    Ok(())
}

pub(super) fn change(state: &mut State, showtime: &Showtime, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.showtimes.get(&showtime.id).ok_or(ChangeError::NotFound)?;
    expect(before.version, expected)?;
    let changed = Showtime {
        movie: before.movie,
        screen: before.screen,
        theater: before.theater,
        ..showtime.clone()
    };
    if let Some(with) = state.catalog.busy_with(&changed) {
        return Err(ChangeError::ScreenBusy { with });
    }
    let moved = (before.starts_at, before.ends_at) != (changed.starts_at, changed.ends_at);
    if moved && state.any_reserved([&changed.id]) {
        return Err(ChangeError::InUse);
    }
    let (id, status) = (changed.id, changed.status);
    state.catalog.put_showtime(changed);
    state.bookings.showtime_changed(id, status);
    Ok(())
}

pub(super) fn list(catalog: &CatalogTables, filter: &ShowtimeFilter, request: &PageRequest) -> Page<Arc<Showtime>> {
    let none = Listing::new();
    // The narrowest index that a filter allows.
    let starts = match (filter.screen, filter.movie, filter.theater) {
        (Some(screen), ..) => catalog.starts_on_screen.get(&screen).unwrap_or(&none),
        (None, Some(movie), _) => catalog.starts_of_movie.get(&movie).unwrap_or(&none),
        (None, None, Some(theater)) => catalog.starts_of_theater.get(&theater).unwrap_or(&none),
        (None, None, None) => &catalog.starts,
    };
    let first = filter.from.map(|from| Cursor {
        key: time_key(from),
        id: uuid::Uuid::nil(),
    });
    // The nil id is nobody's, so beginning after it leaves nothing out.
    let after = first.as_ref().max(request.after.as_ref());
    let rows = ascending(starts, after)
        .filter_map(|(_, id)| catalog.showtimes.get(id))
        .take_while(|showtime| filter.to.is_none_or(|to| showtime.starts_at < to))
        .filter(|showtime| {
            filter.screen.is_none_or(|screen| showtime.screen == screen)
                && filter.movie.is_none_or(|movie| showtime.movie == movie)
                && filter.theater.is_none_or(|theater| showtime.theater == theater)
        })
        .cloned();
    page(rows, request, |showtime| Cursor {
        key: time_key(showtime.starts_at),
        id: showtime.id.0,
    })
}
