//! Reading reviews.

use super::ReviewsService;
use crate::domain::{Caller, MovieId, Page, PageRequest, Review};
use crate::ports::PortError;

/// Why reviews were not listed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewReadError {
    /// There is no such film.
    #[error("no such film")]
    NoSuchMovie,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ReviewsService<'_> {
    /// The reviews of a film, newest first.
    ///
    /// # Errors
    /// See [`ReviewReadError`].
    pub async fn of_movie(&self, movie: MovieId, page: &PageRequest) -> Result<Page<Review>, ReviewReadError> {
        if self.core.ports.catalog.movie(movie).await?.is_none() {
            return Err(ReviewReadError::NoSuchMovie);
        }
        Ok(self.core.ports.reviews.of_movie(movie, page).await?)
    }

    /// The caller's own reviews, newest first.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn mine(&self, caller: Caller, page: &PageRequest) -> Result<Page<Review>, PortError> {
        self.core.ports.reviews.of_author(caller.user, page).await
    }
}
