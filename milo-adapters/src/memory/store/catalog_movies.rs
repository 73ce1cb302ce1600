use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use milo_core::domain::{
    Cursor, Movie, MovieFilter, MovieId, Page, PageRequest, ReviewSummary, ShowtimeStatus, TheaterId, Version,
};
use milo_core::ports::{AddError, ChangeError};

use super::catalog_tables::{CatalogTables, expect};
use super::listing::{ascending, page};
use super::state::State;

pub(super) fn add(state: &mut State, movie: &Movie) -> Result<(), AddError> {
    if state.catalog.movies.contains_key(&movie.id) {
        return Err(AddError::Exists);
    }
    state.catalog.put_movie(Movie {
        // Nobody can have reviewed what was not there.
        reviews: ReviewSummary::default(),
        ..movie.clone()
    });
    Ok(())
}

pub(super) fn change(state: &mut State, movie: &Movie, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.movies.get(&movie.id).ok_or(ChangeError::NotFound)?;
    expect(before.version, expected)?;
    let reviews = before.reviews;
    state.catalog.put_movie(Movie {
        reviews,
        ..movie.clone()
    });
    Ok(())
}

pub(super) fn remove(state: &mut State, movie: MovieId, expected: Version) -> Result<(), ChangeError> {
    let before = state.catalog.movies.get(&movie).ok_or(ChangeError::NotFound)?;
    expect(before.version, expected)?;
    if state.any_reserved(state.catalog.showtimes_of_movie(movie)) {
        return Err(ChangeError::InUse);
    }
    state.catalog.remove_movie(movie);
    state.reviews.remove_movie(movie);
    Ok(())
}

pub(super) fn list(catalog: &CatalogTables, filter: &MovieFilter, request: &PageRequest) -> Page<Arc<Movie>> {
    let wanted = Wanted::new(catalog, filter);
    let rows = ascending(&catalog.titles, request.after.as_ref())
        .filter_map(|(_, id)| catalog.movies.get(id))
        .filter(|movie| wanted.matches(catalog, movie))
        .cloned();
    page(rows, request, |movie| Cursor {
        key: movie.details.title.as_str().to_owned(),
        id: movie.id.0,
    })
}

/// A filter, made ready to be asked of many films.
struct Wanted {
    genre: Option<String>,
    language: Option<String>,
    words: Vec<String>,
    showing: Option<BTreeMap<TheaterId, (Timestamp, Timestamp)>>,
}

impl Wanted {
    fn new(catalog: &CatalogTables, filter: &MovieFilter) -> Self {
        let lower = |text: &str| text.to_lowercase();
        Self {
            genre: filter.genre.as_ref().map(|genre| lower(genre.as_str())),
            language: filter.language.as_ref().map(|language| lower(language.as_str())),
            words: filter.search.iter().flat_map(|search| words(search.as_str())).collect(),
            showing: filter.showing_on.map(|date| days(catalog, date)),
        }
    }

    fn matches(&self, catalog: &CatalogTables, movie: &Movie) -> bool {
        let details = &movie.details;
        let same =
            |wanted: &Option<String>, text: &str| wanted.as_ref().is_none_or(|wanted| text.to_lowercase() == *wanted);
        let any_genre = details
            .genres
            .as_slice()
            .iter()
            .any(|genre| same(&self.genre, genre.as_str()));
        any_genre
            && same(&self.language, details.language.as_str())
            && self.says(details.title.as_str(), details.description.as_str())
            && self
                .showing
                .as_ref()
                .is_none_or(|days| is_shown(catalog, movie.id, days))
    }

    /// Whether every word stands in the title or in the description.
    fn says(&self, title: &str, description: &str) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let (title, description) = (title.to_lowercase(), description.to_lowercase());
        self.words
            .iter()
            .all(|word| title.contains(word.as_str()) || description.contains(word.as_str()))
    }
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// When the day begins and ends in each theater.
fn days(catalog: &CatalogTables, date: Date) -> BTreeMap<TheaterId, (Timestamp, Timestamp)> {
    let day = |zone: jiff::tz::TimeZone| -> Option<(Timestamp, Timestamp)> {
        let begins = date.to_zoned(zone.clone()).ok()?.timestamp();
        let ends = match date.tomorrow() {
            Ok(next) => next.to_zoned(zone).ok()?.timestamp(),
            Err(_) => Timestamp::MAX,
        };
        Some((begins, ends))
    };
    catalog
        .theaters
        .values()
        .filter_map(|theater| Some((theater.id, day(theater.details.time_zone.rules())?)))
        .collect()
}

fn is_shown(catalog: &CatalogTables, movie: MovieId, days: &BTreeMap<TheaterId, (Timestamp, Timestamp)>) -> bool {
    catalog
        .showtimes_of_movie(movie)
        .filter_map(|id| catalog.showtimes.get(id))
        .filter(|showtime| showtime.status == ShowtimeStatus::Scheduled)
        .any(|showtime| {
            days.get(&showtime.theater)
                .is_some_and(|(begins, ends)| (*begins..*ends).contains(&showtime.starts_at))
        })
}
