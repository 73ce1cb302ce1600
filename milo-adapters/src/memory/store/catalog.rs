use std::sync::Arc;

use async_trait::async_trait;
use milo_core::domain::{
    Movie, MovieFilter, MovieId, Page, PageRequest, Screen, ScreenId, SeatLayout, Showtime, ShowtimeFilter, ShowtimeId,
    Theater, TheaterFilter, TheaterId, Version,
};
use milo_core::ports::{AddError, Catalog, ChangeError, PortError};

use super::{MemoryStore, catalog_movies, catalog_screens, catalog_showtimes, catalog_theaters};

#[async_trait]
impl Catalog for MemoryStore {
    async fn add_movie(&self, movie: &Movie) -> Result<(), AddError> {
        catalog_movies::add(&mut self.act().0, movie)
    }

    async fn change_movie(&self, movie: &Movie, expected: Version) -> Result<(), ChangeError> {
        catalog_movies::change(&mut self.act().0, movie, expected)
    }

    async fn remove_movie(&self, movie: MovieId, expected: Version) -> Result<(), ChangeError> {
        catalog_movies::remove(&mut self.act().0, movie, expected)
    }

    async fn movie(&self, movie: MovieId) -> Result<Option<Arc<Movie>>, PortError> {
        Ok(self.act().0.catalog.movies.get(&movie).cloned())
    }

    async fn movies(&self, filter: &MovieFilter, page: &PageRequest) -> Result<Page<Arc<Movie>>, PortError> {
        Ok(catalog_movies::list(&self.act().0.catalog, filter, page))
    }

    async fn add_theater(&self, theater: &Theater) -> Result<(), AddError> {
        catalog_theaters::add(&mut self.act().0, theater)
    }

    async fn change_theater(&self, theater: &Theater, expected: Version) -> Result<(), ChangeError> {
        catalog_theaters::change(&mut self.act().0, theater, expected)
    }

    async fn remove_theater(&self, theater: TheaterId, expected: Version) -> Result<(), ChangeError> {
        catalog_theaters::remove(&mut self.act().0, theater, expected)
    }

    async fn theater(&self, theater: TheaterId) -> Result<Option<Arc<Theater>>, PortError> {
        Ok(self.act().0.catalog.theaters.get(&theater).cloned())
    }

    async fn theaters(&self, filter: &TheaterFilter, page: &PageRequest) -> Result<Page<Arc<Theater>>, PortError> {
        Ok(catalog_theaters::list(&self.act().0.catalog, filter, page))
    }

    async fn add_screen(&self, screen: &Screen) -> Result<(), AddError> {
        catalog_screens::add(&mut self.act().0, screen)
    }

    async fn change_screen(&self, screen: &Screen, expected: Version) -> Result<(), ChangeError> {
        catalog_screens::change(&mut self.act().0, screen, expected)
    }

    async fn remove_screen(&self, screen: ScreenId, expected: Version) -> Result<(), ChangeError> {
        catalog_screens::remove(&mut self.act().0, screen, expected)
    }

    async fn screen(&self, screen: ScreenId) -> Result<Option<Arc<Screen>>, PortError> {
        Ok(self.act().0.catalog.screens.get(&screen).map(|row| row.screen.clone()))
    }

    async fn screens(&self, theater: TheaterId, page: &PageRequest) -> Result<Page<Arc<Screen>>, PortError> {
        Ok(catalog_screens::list(&self.act().0.catalog, theater, page))
    }

    async fn change_layout(&self, layout: &SeatLayout, expected: Version) -> Result<(), ChangeError> {
        let (mut state, now) = self.act();
        catalog_screens::change_layout(&mut state, layout, expected, now)
    }

    async fn layout(&self, screen: ScreenId) -> Result<Option<Arc<SeatLayout>>, PortError> {
        let (state, _) = self.act();
        Ok(state.catalog.screens.get(&screen).and_then(|row| row.layout.clone()))
    }

    async fn add_showtime(&self, showtime: &Showtime) -> Result<(), AddError> {
        catalog_showtimes::add(&mut self.act().0, showtime)
    }

    async fn change_showtime(&self, showtime: &Showtime, expected: Version) -> Result<(), ChangeError> {
        catalog_showtimes::change(&mut self.act().0, showtime, expected)
    }

    async fn showtime(&self, showtime: ShowtimeId) -> Result<Option<Arc<Showtime>>, PortError> {
        Ok(self.act().0.catalog.showtimes.get(&showtime).cloned())
    }

    async fn showtimes(&self, filter: &ShowtimeFilter, page: &PageRequest) -> Result<Page<Arc<Showtime>>, PortError> {
        Ok(catalog_showtimes::list(&self.act().0.catalog, filter, page))
    }
}
