use std::fmt::Debug;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{MovieId, Page, PageRequest, Review, ReviewId, UserId, Version};

/// Why a review was not kept.
#[derive(Debug, thiserror::Error)]
pub enum AddReviewError {
    /// The author has reviewed the film; the review, so that a repeated request can be told from a second one.
    #[error("the film was reviewed by this author already")]
    AlreadyReviewed(Box<Review>),
    /// The film does not exist.
    #[error("no such film")]
    NoSuchMovie,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a review was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeReviewError {
    /// There is no such review.
    #[error("no such review")]
    NotFound,
    /// The review changed since the decision was made.
    #[error("the review has changed")]
    Stale,
    /// See [`PortError`].
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Reviews, at most one of each person for each film. Every write keeps the film's
/// [summary](crate::domain::Movie::reviews) true in the same act. Proven by [`crate::conformance::reviews`].
#[async_trait]
pub trait Reviews: Debug + Send + Sync {
    /// Keeps a new review.
    async fn add(&self, review: &Review) -> Result<(), AddReviewError>;
    /// Replaces a review, whose version is one above `expected`, if the stored version is `expected`.
    async fn change(&self, review: &Review, expected: Version) -> Result<(), ChangeReviewError>;
    /// Removes a review, if the stored version is `expected`.
    async fn remove(&self, review: ReviewId, expected: Version) -> Result<(), ChangeReviewError>;
    /// One review.
    async fn review(&self, review: ReviewId) -> Result<Option<Review>, PortError>;
    /// The reviews of a film, newest first; the sort key is `created_at` in RFC 3339 with six decimals, descending,
    /// then the id, descending.
    async fn of_movie(&self, movie: MovieId, page: &PageRequest) -> Result<Page<Review>, PortError>;
    /// The reviews of a person, ordered as [`of_movie`](Self::of_movie).
    async fn of_author(&self, author: UserId, page: &PageRequest) -> Result<Page<Review>, PortError>;
}
