//! Reviews.

use milo_core::reviews::{ChangeOwnReviewError, ReviewReadError, WriteReviewError};

use super::{Problem, ProblemType};

impl From<ReviewReadError> for Problem {
    fn from(error: ReviewReadError) -> Self {
        match error {
            ReviewReadError::NoSuchMovie => Self::not_found(),
            ReviewReadError::Port(error) => error.into(),
        }
    }
}

impl From<WriteReviewError> for Problem {
    fn from(error: WriteReviewError) -> Self {
        match error {
            WriteReviewError::NoSuchMovie => Self::not_found(),
            WriteReviewError::NotWatched => Self::new(
                ProblemType::NotWatched,
                "A confirmed reservation for a showtime of the film that has started is needed.",
            ),
            WriteReviewError::AlreadyReviewed => Self::new(
                ProblemType::AlreadyReviewed,
                "Change the review that exists; see /api/v1/users/me/reviews.",
            ),
            WriteReviewError::Port(error) => error.into(),
        }
    }
}

impl From<ChangeOwnReviewError> for Problem {
    fn from(error: ChangeOwnReviewError) -> Self {
        match error {
            ChangeOwnReviewError::NotFound => Self::not_found(),
            // Reviews are public, so it is no secret that this one exists.
            ChangeOwnReviewError::NotYours => Self::new(ProblemType::Forbidden, "Only its author may change a review."),
            ChangeOwnReviewError::Port(error) => error.into(),
        }
    }
}
