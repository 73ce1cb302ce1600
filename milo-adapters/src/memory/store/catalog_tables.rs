use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use milo_core::domain::{
    Movie, MovieId, Screen, ScreenId, SeatId, SeatLayout, Showtime, ShowtimeId, ShowtimeStatus, Theater, TheaterId,
    Version,
};
use milo_core::ports::ChangeError;

use super::listing::{Listing, time_key};

/// The catalogue's records, and the indexes that its lists are read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CatalogTables {
    pub(super) movies: BTreeMap<MovieId, Arc<Movie>>,
    pub(super) titles: Listing<MovieId>,
    pub(super) theaters: BTreeMap<TheaterId, Arc<Theater>>,
    pub(super) theater_names: Listing<TheaterId>,
    pub(super) screens: BTreeMap<ScreenId, ScreenRow>,
    pub(super) screen_names: BTreeMap<TheaterId, Listing<ScreenId>>,
    pub(super) showtimes: BTreeMap<ShowtimeId, Arc<Showtime>>,
    pub(super) starts: Listing<ShowtimeId>,
    pub(super) starts_of_movie: BTreeMap<MovieId, Listing<ShowtimeId>>,
    pub(super) starts_of_theater: BTreeMap<TheaterId, Listing<ShowtimeId>>,
    pub(super) starts_on_screen: BTreeMap<ScreenId, Listing<ShowtimeId>>,
    /// The scheduled showtimes of each screen, which never overlap.
    scheduled: BTreeMap<ScreenId, BTreeSet<(Timestamp, ShowtimeId)>>,
}

/// A screen and its layout.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScreenRow {
    pub(super) screen: Arc<Screen>,
    pub(super) layout: Option<Arc<SeatLayout>>,
    /// The seats of the layout.
    pub(super) seats: BTreeSet<SeatId>,
}

/// Refuses a decision that was made on another version.
pub(super) fn expect(stored: Version, expected: Version) -> Result<(), ChangeError> {
    if stored == expected {
        Ok(())
    } else {
        Err(ChangeError::Stale)
    }
}

impl CatalogTables {
    pub(super) fn put_movie(&mut self, movie: Movie) {
        if let Some(before) = self.movies.get(&movie.id) {
            self.titles
                .remove(&(before.details.title.as_str().to_owned(), movie.id));
        }
        self.titles.insert((movie.details.title.as_str().to_owned(), movie.id));
        self.movies.insert(movie.id, Arc::new(movie));
    }

    pub(super) fn put_theater(&mut self, theater: Theater) {
        if let Some(before) = self.theaters.get(&theater.id) {
            self.theater_names
                .remove(&(before.details.name.as_str().to_owned(), theater.id));
        }
        self.theater_names
            .insert((theater.details.name.as_str().to_owned(), theater.id));
        self.theaters.insert(theater.id, Arc::new(theater));
    }

    /// Keeps a screen; its layout stays as it is.
    pub(super) fn put_screen(&mut self, screen: Screen) {
        let names = self.screen_names.entry(screen.theater).or_default();
        let name = (screen.details.name.as_str().to_owned(), screen.id);
        match self.screens.get_mut(&screen.id) {
            Some(row) => {
                names.remove(&(row.screen.details.name.as_str().to_owned(), screen.id));
                row.screen = Arc::new(screen);
            }
            None => {
                let row = ScreenRow {
                    layout: None,
                    seats: BTreeSet::new(),
                    screen: Arc::new(screen),
                };
                self.screens.insert(row.screen.id, row);
            }
        }
        names.insert(name);
    }

    pub(super) fn put_showtime(&mut self, showtime: Showtime) {
        self.remove_showtime(showtime.id);
        let start = (time_key(showtime.starts_at), showtime.id);
        self.starts_of_movie
            .entry(showtime.movie)
            .or_default()
            .insert(start.clone());
        self.starts_of_theater
            .entry(showtime.theater)
            .or_default()
            .insert(start.clone());
        self.starts_on_screen
            .entry(showtime.screen)
            .or_default()
            .insert(start.clone());
        self.starts.insert(start);
        if showtime.status == ShowtimeStatus::Scheduled {
            self.scheduled
                .entry(showtime.screen)
                .or_default()
                .insert((showtime.starts_at, showtime.id));
        }
        self.showtimes.insert(showtime.id, Arc::new(showtime));
    }

    pub(super) fn remove_movie(&mut self, movie: MovieId) {
        for (_, showtime) in self.starts_of_movie.remove(&movie).unwrap_or_default() {
            self.remove_showtime(showtime);
        }
        if let Some(gone) = self.movies.remove(&movie) {
            self.titles.remove(&(gone.details.title.as_str().to_owned(), movie));
        }
    }

    pub(super) fn remove_theater(&mut self, theater: TheaterId) {
        for (_, screen) in self.screen_names.remove(&theater).unwrap_or_default() {
            self.remove_screen(screen);
        }
        self.starts_of_theater.remove(&theater);
        if let Some(gone) = self.theaters.remove(&theater) {
            self.theater_names
                .remove(&(gone.details.name.as_str().to_owned(), theater));
        }
    }

    pub(super) fn remove_screen(&mut self, screen: ScreenId) {
        for (_, showtime) in self.starts_on_screen.remove(&screen).unwrap_or_default() {
            self.remove_showtime(showtime);
        }
        self.scheduled.remove(&screen);
        if let Some(gone) = self.screens.remove(&screen)
            && let Some(names) = self.screen_names.get_mut(&gone.screen.theater)
        {
            names.remove(&(gone.screen.details.name.as_str().to_owned(), screen));
        }
    }

    fn remove_showtime(&mut self, showtime: ShowtimeId) {
        let Some(gone) = self.showtimes.remove(&showtime) else {
            return;
        };
        let start = (time_key(gone.starts_at), showtime);
        self.starts.remove(&start);
        if let Some(starts) = self.starts_of_movie.get_mut(&gone.movie) {
            starts.remove(&start);
        }
        if let Some(starts) = self.starts_of_theater.get_mut(&gone.theater) {
            starts.remove(&start);
        }
        if let Some(starts) = self.starts_on_screen.get_mut(&gone.screen) {
            starts.remove(&start);
        }
        if let Some(scheduled) = self.scheduled.get_mut(&gone.screen) {
            scheduled.remove(&(gone.starts_at, showtime));
        }
    }

    /// The first scheduled showtime that would be on the screen at the same time.
    pub(super) fn busy_with(&self, showtime: &Showtime) -> Option<ShowtimeId> {
        if showtime.status != ShowtimeStatus::Scheduled {
            return None;
        }
        let scheduled = self.scheduled.get(&showtime.screen)?;
        // None of them overlap, so those that end after our start are the last ones before our end.
        scheduled
            .range(..(showtime.ends_at, ShowtimeId(uuid::Uuid::nil())))
            .rev()
            .filter(|(_, other)| *other != showtime.id)
            .map_while(|(_, other)| {
                self.showtimes
                    .get(other)
                    .filter(|other| other.ends_at > showtime.starts_at)
            })
            .last()
            .map(|other| other.id)
    }

    pub(super) fn showtimes_of_movie(&self, movie: MovieId) -> impl Iterator<Item = &ShowtimeId> {
        self.starts_of_movie.get(&movie).into_iter().flatten().map(|(_, id)| id)
    }

    pub(super) fn showtimes_of_theater(&self, theater: TheaterId) -> impl Iterator<Item = &ShowtimeId> {
        self.starts_of_theater
            .get(&theater)
            .into_iter()
            .flatten()
            .map(|(_, id)| id)
    }

    pub(super) fn showtimes_on_screen(&self, screen: ScreenId) -> impl Iterator<Item = &ShowtimeId> {
        self.starts_on_screen
            .get(&screen)
            .into_iter()
            .flatten()
            .map(|(_, id)| id)
    }
}
