use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{
    Movie, MovieFilter, MovieId, Page, PageRequest, Screen, ScreenId, SeatId, SeatLayout, Showtime, ShowtimeFilter,
    ShowtimeId, Theater, TheaterFilter, TheaterId, Version,
};

/// Why a new record of the catalogue was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// A record with this id is kept already: the same request came before.
    #[error("the record exists")]
    Exists,
    /// Something the record names does not exist (any more): a screen's theater, a showtime's movie or screen.
    #[error("something the record names does not exist")]
    MissingParent,
    /// The screen has another scheduled showtime in that time.
    #[error("the screen is busy with another showtime")]
    ScreenBusy {
        /// The other showtime.
        with: ShowtimeId,
    },
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a record of the catalogue was not changed; nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such record.
    #[error("no such record")]
    NotFound,
    /// The record changed since the decision was made.
    #[error("the record has changed")]
    Stale,
    /// The screen has another scheduled showtime in that time.
    #[error("the screen is busy with another showtime")]
    ScreenBusy {
        /// The other showtime.
        with: ShowtimeId,
    },
    /// Reservations stand in the way: history is never destroyed, and a sold showtime never moves.
    #[error("reservations depend on the record")]
    InUse,
    /// These seats are owned in a showtime that has not started, and would vanish.
    #[error("some seats are sold in a showtime to come")]
    SeatsInUse(Vec<SeatId>),
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Films, theaters, screens, layouts and showtimes. Proven by [`crate::conformance::catalog`].
///
/// Every call is atomic. `add_*` never overwrites. `change_*` writes the record given, whose version is one above
/// `expected`, if the stored version is `expected`; otherwise [`ChangeError::Stale`]. After an unknown outcome, read.
/// Lists are in ascending order of their sort key, then of their id; keys compare byte by byte.
#[async_trait]
pub trait Catalog: Debug + Send + Sync {
    /// Keeps a new film.
    async fn add_movie(&self, movie: &Movie) -> Result<(), AddError>;
    /// Changes a film's details. Its reviews are left as they are, whatever `movie` says.
    async fn change_movie(&self, movie: &Movie, expected: Version) -> Result<(), ChangeError>;
    /// Removes a film, its reviews and its showtimes, unless one of them was ever reserved ([`ChangeError::InUse`]).
    async fn remove_movie(&self, movie: MovieId, expected: Version) -> Result<(), ChangeError>;
    /// One film, with its reviews' summary as of this moment.
    async fn movie(&self, movie: MovieId) -> Result<Option<Arc<Movie>>, PortError>;
    /// Films by title; the sort key is the title.
    async fn movies(&self, filter: &MovieFilter, page: &PageRequest) -> Result<Page<Arc<Movie>>, PortError>;

    /// Keeps a new theater.
    async fn add_theater(&self, theater: &Theater) -> Result<(), AddError>;
    /// Changes a theater.
    async fn change_theater(&self, theater: &Theater, expected: Version) -> Result<(), ChangeError>;
    /// Removes a theater with its screens and showtimes, unless one was ever reserved ([`ChangeError::InUse`]).
    async fn remove_theater(&self, theater: TheaterId, expected: Version) -> Result<(), ChangeError>;
    /// One theater.
    async fn theater(&self, theater: TheaterId) -> Result<Option<Arc<Theater>>, PortError>;
    /// Theaters by name; the sort key is the name.
    async fn theaters(&self, filter: &TheaterFilter, page: &PageRequest) -> Result<Page<Arc<Theater>>, PortError>;

    /// Keeps a new screen, without seats.
    async fn add_screen(&self, screen: &Screen) -> Result<(), AddError>;
    /// Changes a screen's details. Theater and capacity are left as they are.
    async fn change_screen(&self, screen: &Screen, expected: Version) -> Result<(), ChangeError>;
    /// Removes a screen with its layout and showtimes, unless one was ever reserved ([`ChangeError::InUse`]).
    async fn remove_screen(&self, screen: ScreenId, expected: Version) -> Result<(), ChangeError>;
    /// One screen.
    async fn screen(&self, screen: ScreenId) -> Result<Option<Arc<Screen>>, PortError>;
    /// The screens of a theater by name; the sort key is the name.
    async fn screens(&self, theater: TheaterId, page: &PageRequest) -> Result<Page<Arc<Screen>>, PortError>;

    /// Replaces a screen's layout and capacity, raising the screen's version from `expected` by one. In one act with
    /// the check that no vanishing seat is owned by a reservation of a showtime that has not started
    /// ([`ChangeError::SeatsInUse`]).
    async fn change_layout(&self, layout: &SeatLayout, expected: Version) -> Result<(), ChangeError>;
    /// A screen's layout; none if the screen is unknown or was never laid out.
    async fn layout(&self, screen: ScreenId) -> Result<Option<Arc<SeatLayout>>, PortError>;

    /// Keeps a new showtime, unless its time on the screen, from start to end, meets that of another scheduled one.
    async fn add_showtime(&self, showtime: &Showtime) -> Result<(), AddError>;
    /// Changes a showtime's times, prices or status. In one act with two checks, for a scheduled showtime: its time
    /// meets no other's ([`ChangeError::ScreenBusy`]), and times only change while nothing was ever reserved
    /// ([`ChangeError::InUse`]). A concurrent [`place`](super::BookingStore::place) sees all of it or nothing.
    async fn change_showtime(&self, showtime: &Showtime, expected: Version) -> Result<(), ChangeError>;
    /// One showtime.
    async fn showtime(&self, showtime: ShowtimeId) -> Result<Option<Arc<Showtime>>, PortError>;
    /// Showtimes by start; the sort key is the start in RFC 3339 with six decimals.
    async fn showtimes(&self, filter: &ShowtimeFilter, page: &PageRequest) -> Result<Page<Arc<Showtime>>, PortError>;

    /// Tells a cache in front that a film's reviews changed. A store has nothing to do.
    async fn forget_movie(&self, _movie: MovieId) {}
}
