//! Writing a review.

use super::ReviewsService;
use crate::domain::{Caller, IdempotencyKey, MovieId, Review, ReviewId, ReviewText, Stars, Version};
use crate::ports::{AddReviewError, PortError};

/// A review to be.
#[derive(Clone, Debug)]
pub struct WriteReview {
    /// The film.
    pub movie: MovieId,
    /// One to five stars.
    pub stars: Stars,
    /// What the author says.
    pub text: ReviewText,
}

/// Why a review was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteReviewError {
    /// There is no such film.
    #[error("no such film")]
    NoSuchMovie,
    /// The caller has no confirmed reservation for a showtime of the film that has started.
    #[error("only those who saw the film may review it")]
    NotWatched,
    /// The caller has reviewed the film.
    #[error("the film was reviewed already")]
    AlreadyReviewed,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

impl ReviewsService<'_> {
    /// Writes a review of a film that the caller saw. The same key again gives the same review as it stands now.
    ///
    /// # Errors
    /// See [`WriteReviewError`].
    pub async fn write(
        &self,
        caller: Caller,
        request: WriteReview,
        key: Option<&IdempotencyKey>,
    ) -> Result<Review, WriteReviewError> {
        let ports = &self.core.ports;
        if ports.catalog.movie(request.movie).await?.is_none() {
            return Err(WriteReviewError::NoSuchMovie);
        }
        if !ports.bookings.has_watched(caller.user, request.movie).await? {
            return Err(WriteReviewError::NotWatched);
        }
        let author = ports
            .accounts
            .by_id(caller.user)
            .await?
            .ok_or(WriteReviewError::NotWatched)?;
        let now = ports.clock.now();
        let review = Review {
            id: ReviewId(key.map_or_else(|| ports.ids.next_id(), |key| key.derive_id("review", caller.user))),
            version: Version::FIRST,
            movie: request.movie,
            author: caller.user,
            author_name: author.display_name,
            stars: request.stars,
            text: request.text,
            created_at: now,
            updated_at: now,
        };
        match ports.reviews.add(&review).await {
            Ok(()) => {
                ports.catalog.forget_movie(review.movie).await;
                Ok(review)
            }
            Err(AddReviewError::AlreadyReviewed(stored)) if key.is_some() && stored.id == review.id => Ok(*stored),
            Err(AddReviewError::AlreadyReviewed(_)) => Err(WriteReviewError::AlreadyReviewed),
            Err(AddReviewError::NoSuchMovie) => Err(WriteReviewError::NoSuchMovie),
            Err(AddReviewError::Port(error)) => Err(error.into()),
        }
    }
}
