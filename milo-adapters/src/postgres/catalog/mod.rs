//! Films, theaters, screens, layouts and showtimes in Postgres.

mod layouts;
mod movies;
mod screens;
mod showtimes;
mod theaters;

use std::sync::Arc;

use async_trait::async_trait;
use milo_core::domain::{
    Movie, MovieFilter, MovieId, Page, PageRequest, Screen, ScreenId, SeatLayout, Showtime, ShowtimeFilter, ShowtimeId,
    Theater, TheaterFilter, TheaterId, Version,
};
use milo_core::ports::{AddError, Catalog, ChangeError, PortError};
use sqlx::postgres::PgRow;

use super::change::{Change, change};
use super::failure::StatementError;
use super::store::PgStore;

const PORT: &str = "catalog";

#[async_trait]
impl Catalog for PgStore {
    async fn add_movie(&self, movie: &Movie) -> Result<(), AddError> {
        movies::add(self, movie).await
    }

    async fn change_movie(&self, movie: &Movie, expected: Version) -> Result<(), ChangeError> {
        movies::change(self, movie, expected).await
    }

    async fn remove_movie(&self, movie: MovieId, expected: Version) -> Result<(), ChangeError> {
        movies::remove(self, movie, expected).await
    }

    async fn movie(&self, movie: MovieId) -> Result<Option<Arc<Movie>>, PortError> {
        movies::one(self, movie).await
    }

    async fn movies(&self, filter: &MovieFilter, page: &PageRequest) -> Result<Page<Arc<Movie>>, PortError> {
        movies::list(self, filter, page).await
    }

    async fn add_theater(&self, theater: &Theater) -> Result<(), AddError> {
        theaters::add(self, theater).await
    }

    async fn change_theater(&self, theater: &Theater, expected: Version) -> Result<(), ChangeError> {
        theaters::change(self, theater, expected).await
    }

    async fn remove_theater(&self, theater: TheaterId, expected: Version) -> Result<(), ChangeError> {
        theaters::remove(self, theater, expected).await
    }

    async fn theater(&self, theater: TheaterId) -> Result<Option<Arc<Theater>>, PortError> {
        theaters::one(self, theater).await
    }

    async fn theaters(&self, filter: &TheaterFilter, page: &PageRequest) -> Result<Page<Arc<Theater>>, PortError> {
        theaters::list(self, filter, page).await
    }

    async fn add_screen(&self, screen: &Screen) -> Result<(), AddError> {
        screens::add(self, screen).await
    }

    async fn change_screen(&self, screen: &Screen, expected: Version) -> Result<(), ChangeError> {
        screens::change(self, screen, expected).await
    }

    async fn remove_screen(&self, screen: ScreenId, expected: Version) -> Result<(), ChangeError> {
        screens::remove(self, screen, expected).await
    }

    async fn screen(&self, screen: ScreenId) -> Result<Option<Arc<Screen>>, PortError> {
        screens::one(self, screen).await
    }

    async fn screens(&self, theater: TheaterId, page: &PageRequest) -> Result<Page<Arc<Screen>>, PortError> {
        screens::list(self, theater, page).await
    }

    async fn change_layout(&self, layout: &SeatLayout, expected: Version) -> Result<(), ChangeError> {
        layouts::change(self, layout, expected).await
    }

    async fn layout(&self, screen: ScreenId) -> Result<Option<Arc<SeatLayout>>, PortError> {
        layouts::one(self, screen).await
    }

    async fn add_showtime(&self, showtime: &Showtime) -> Result<(), AddError> {
        showtimes::add(self, showtime).await
    }

    async fn change_showtime(&self, showtime: &Showtime, expected: Version) -> Result<(), ChangeError> {
        showtimes::change(self, showtime, expected).await
    }

    async fn showtime(&self, showtime: ShowtimeId) -> Result<Option<Arc<Showtime>>, PortError> {
        showtimes::one(self, showtime).await
    }

    async fn showtimes(&self, filter: &ShowtimeFilter, page: &PageRequest) -> Result<Page<Arc<Showtime>>, PortError> {
        showtimes::list(self, filter, page).await
    }
}

/// Any error of a statement, in the catalogue's words.
fn port_error(error: StatementError) -> PortError {
    error.on(PORT)
}

/// What became of a record that is added under an id of its own: nothing comes back if the id is taken.
fn added(answer: Result<Option<PgRow>, StatementError>) -> Result<(), AddError> {
    match answer {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(AddError::Exists),
        Err(error) if error.is_reference() => Err(AddError::MissingParent),
        Err(error) => Err(port_error(error).into()),
    }
}

/// What became of a change or a removal. References only come from what was reserved: everything else goes along.
fn changed(answer: Result<PgRow, StatementError>) -> Result<(), ChangeError> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.is_reference() => return Err(ChangeError::InUse),
        Err(error) => return Err(port_error(error).into()),
    };
    match change(PORT, &answer)? {
        Change::Made => Ok(()),
        Change::Stale => Err(ChangeError::Stale),
        Change::Unknown => Err(ChangeError::NotFound),
    }
}

/// What filters compare: without regard to case, in a way that no locale of the database changes.
fn folded(text: &str) -> String {
    text.to_lowercase()
}
