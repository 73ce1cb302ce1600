use std::sync::Arc;

use milo_core::domain::{Cursor, Page, PageRequest, Theater, TheaterFilter, TheaterId, Version};
use milo_core::ports::{AddError, ChangeError};

use super::catalog_tables::{CatalogTables, expect};
use super::listing::{ascending, page};
use super::state::State;

pub(super) fn add(state: &mut State, theater: &Theater) -> Result<(), AddError> {
    if state.catalog.theaters.contains_key(&theater.id) {
        return Err(AddError::Exists);
    }
    state.catalog.put_theater(theater.clone());
    Ok(())
}

pub(super) fn change(state: &mut State, theater: &Theater, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.theaters.get(&theater.id).ok_or(ChangeError::NotFound)?;
    expect(before.version, expected)?;
    state.catalog.put_theater(theater.clone());
    Ok(())
}

pub(super) fn remove(state: &mut State, theater: TheaterId, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.theaters.get(&theater).ok_or(ChangeError::NotFound)?;
    expect(before.version, expected)?;
    if state.any_reserved(state.catalog.showtimes_of_theater(theater)) {
        return Err(ChangeError::InUse);
    }
    state.catalog.remove_theater(theater);
    Ok(())
}

pub(super) fn list(catalog: &CatalogTables, filter: &TheaterFilter, request: &PageRequest) -> Page<Arc<Theater>> {
    let city = filter.city.as_ref().map(|city| city.as_str().to_lowercase());
    let region = filter.state.as_ref().map(|region| region.as_str().to_lowercase());
    let same =
        |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|wanted| text.to_lowercase() == *wanted);
    let rows = ascending(&catalog.theater_names, request.after.as_ref())
        .filter_map(|(_, id)| catalog.theaters.get(id))
        .filter(|theater| {
            let details = &theater.details;
            same(&city, details.city.as_str())
                && same(&region, details.state.as_str())
                && filter.active.is_none_or(|active| details.is_active == active)
        })
        .cloned();
    page(rows, request, |theater| Cursor {
        key: theater.details.name.as_str().to_owned(),
        id: theater.id.0,
    })
}
