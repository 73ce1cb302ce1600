use std::sync::Arc;

use jiff::Timestamp;
use milo_core::domain::{Cursor, Page, PageRequest, Screen, ScreenId, SeatId, SeatLayout, TheaterId, Version};
use milo_core::ports::{AddError, ChangeError};

use super::catalog_tables::{CatalogTables, expect};
use super::listing::{Listing, ascending, page};
use super::state::State;

pub(super) fn add(state: &mut State, screen: &Screen) -> Result<(), AddError> {
    if state.catalog.screens.contains_key(&screen.id) {
        return Err(AddError::Exists);
    }
    if !state.catalog.theaters.contains_key(&screen.theater) {
        return Err(AddError::MissingParent);
    }
    state.catalog.put_screen(Screen {
        capacity: 0,
        ..screen.clone()
    });
    Ok(())
}

pub(super) fn change(state: &mut State, screen: &Screen, expected: Version) -> Result<(), ChangeError> {
    let before = &state
        .catalog
        .screens
        .get(&screen.id)
        .ok_or(ChangeError::NotFound)?
        .screen;
    expect(before.version, expected)?;
    let changed = Screen {
        theater: before.theater,
        capacity: before.capacity,
        ..screen.clone()
    };
    state.catalog.put_screen(changed);
    Ok(())
}

pub(super) fn remove(state: &mut State, screen: ScreenId, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.screens.get(&screen).ok_or(ChangeError::NotFound)?;
    expect(before.screen.version, expected)?;
    if state.any_reserved(state.catalog.showtimes_on_screen(screen)) {
        return Err(ChangeError::InUse);
    }
    state.catalog.remove_screen(screen);
    Ok(())
}

pub(super) fn list(catalog: &CatalogTables, theater: TheaterId, request: &PageRequest) -> Page<Arc<Screen>> {
    let none = Listing::new();
    let names = catalog.screen_names.get(&theater).unwrap_or(&none);
    let rows = ascending(names, request.after.as_ref())
        .filter_map(|(_, id)| catalog.screens.get(id))
        .map(|row| row.screen.clone());
    page(rows, request, |screen| Cursor {
        key: screen.details.name.as_str().to_owned(),
        id: screen.id.0,
    })
}

pub(super) fn change_layout(
    state: &mut State,
    layout: &SeatLayout,
    expected: Version,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let row = state.catalog.screens.get(&layout.screen).ok_or(ChangeError::NotFound)?;
    expect(row.screen.version, expected)?;
    let vanished = row
        .layout
        .as_ref()
        .map(|before| before.vanished(layout))
        .unwrap_or_default();
    let in_use = sold_to_come(state, layout.screen, vanished, now);
    if !in_use.is_empty() {
        return Err(ChangeError::SeatsInUse(in_use));
    }
    if let Some(row) = state.catalog.screens.get_mut(&layout.screen) {
        let screen = Arc::make_mut(&mut row.screen);
        screen.version = expected.next();
        screen.capacity = layout.capacity();
        row.seats = layout.seats().map(|seat| seat.id).collect();
        row.layout = Some(Arc::new(layout.clone()));
    }
    Ok(())
}

/// Those of `seats` that are owned in a showtime of the screen that has not started, ascending.
fn sold_to_come(state: &State, screen: ScreenId, mut seats: Vec<SeatId>, now: Timestamp) -> Vec<SeatId> {
    seats.sort_unstable();
    let to_come: Vec<_> = state
        .catalog
        .showtimes_on_screen(screen)
        .filter(|id| {
            state
                .catalog
                .showtimes
                .get(id)
                .is_some_and(|showtime| now < showtime.starts_at)
        })
        .filter_map(|id| state.bookings.owners.get(id))
        .collect();
    seats.retain(|seat| to_come.iter().any(|owners| owners.contains_key(seat)));
    seats
}
