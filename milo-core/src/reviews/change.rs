//! Changing and removing a review.

use super::ReviewsService;
use crate::domain::{Caller, Review, ReviewId, ReviewText, Stars};
use crate::ports::{ChangeReviewError, PortError};

/// What to change about a review: what is none stays.
#[derive(Clone, Debug, Default)]
pub struct ReviewPatch {
    /// One to five stars.
    pub stars: Option<Stars>,
    /// What the author says.
    pub text: Option<ReviewText>,
}

/// Why a review was not changed or removed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeOwnReviewError {
    /// There is no such review.
    #[error("no such review")]
    NotFound,
    /// It is somebody else's.
    #[error("the review is somebody else's")]
    NotYours,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// How often a change is decided anew when somebody else was faster.
const CHANGE_ATTEMPTS_MAX: usize = 4;

impl ReviewsService<'_> {
    /// Changes the caller's own review.
    ///
    /// # Errors
    /// See [`ChangeOwnReviewError`].
    pub async fn change(
        &self,
        caller: Caller,
        review: ReviewId,
        patch: ReviewPatch,
    ) -> Result<Review, ChangeOwnReviewError> {
        let ports = &self.core.ports;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let mut next = ports
                .reviews
                .review(review)
                .await?
                .ok_or(ChangeOwnReviewError::NotFound)?;
            if next.author != caller.user {
                return Err(ChangeOwnReviewError::NotYours);
            }
            let expected = next.version;
            next.version = expected.next();
            next.stars = patch.stars.unwrap_or(next.stars);
            next.text = patch.text.clone().unwrap_or(next.text);
            next.updated_at = ports.clock.now();
            match ports.reviews.change(&next, expected).await {
                Ok(()) => {
                    ports.catalog.forget_movie(next.movie).await;
                    return Ok(next);
                }
                Err(ChangeReviewError::Stale) => {}
                Err(ChangeReviewError::NotFound) => return Err(ChangeOwnReviewError::NotFound),
                Err(ChangeReviewError::Port(error)) => return Err(error.into()),
            }
        }
        Err(PortError::transient("reviews", "the review keeps changing").into())
    }

    /// Removes the caller's own review; an administrator may remove any.
    ///
    /// # Errors
    /// See [`ChangeOwnReviewError`].
    pub async fn remove(&self, caller: Caller, review: ReviewId) -> Result<(), ChangeOwnReviewError> {
        let ports = &self.core.ports;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let stored = ports
                .reviews
                .review(review)
                .await?
                .ok_or(ChangeOwnReviewError::NotFound)?;
            if stored.author != caller.user && !caller.is_admin {
                return Err(ChangeOwnReviewError::NotYours);
            }
            match ports.reviews.remove(review, stored.version).await {
                Ok(()) => {
                    ports.catalog.forget_movie(stored.movie).await;
                    return Ok(());
                }
                Err(ChangeReviewError::Stale) => {}
                Err(ChangeReviewError::NotFound) => return Err(ChangeOwnReviewError::NotFound),
                Err(ChangeReviewError::Port(error)) => return Err(error.into()),
            }
        }
        Err(PortError::transient("reviews", "the review keeps changing").into())
    }
}
