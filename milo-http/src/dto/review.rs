use milo_core::domain::{Invalid, MovieId, Review, ReviewText, Stars};
use milo_core::reviews::{ReviewPatch, WriteReview};
use salvo::oapi::ToSchema;
use serde::{Deserialize, Serialize};

use super::{Lines, Time, Uid};
use crate::problem::{Problem, Violations};
use crate::request::present;

/// What one person says about one film.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Review", bound = "'a: 'static"))]
pub(crate) struct ReviewView<'a> {
    id: Uid,
    movie_id: Uid,
    author: AuthorView<'a>,
    #[salvo(schema(minimum = 1, maximum = 5))]
    rating: u8,
    text: &'a str,
    created_at: Time,
    updated_at: Time,
}

/// Who wrote a review.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Author", bound = "'a: 'static"))]
struct AuthorView<'a> {
    id: Uid,
    /// As it was when the review was written.
    display_name: &'a str,
}

impl<'a> ReviewView<'a> {
    pub(crate) fn of(review: &'a Review) -> Self {
        Self {
            id: review.id.into(),
            movie_id: review.movie.into(),
            author: AuthorView {
                id: review.author.into(),
                display_name: review.author_name.as_str(),
            },
            rating: review.stars.get(),
            text: review.text.as_str(),
            created_at: Time(review.created_at),
            updated_at: Time(review.updated_at),
        }
    }
}

/// A review to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewReview", example = json!({"rating": 5, "text": "Did not blink once."})))]
pub(crate) struct NewReview {
    /// One to five stars.
    #[salvo(schema(minimum = 1, maximum = 5))]
    rating: i64,
    #[salvo(schema(value_type = Lines<{ ReviewText::CHARS_MIN }, { ReviewText::CHARS_MAX }>))]
    text: String,
}

fn parse_stars(rating: i64) -> Result<Stars, Invalid> {
    // What does not fit into a byte is out of range like 0.
    Stars::parse(u8::try_from(rating).unwrap_or_default())
}

impl NewReview {
    pub(crate) fn parse(self, movie: MovieId) -> Result<WriteReview, Problem> {
        let mut violations = Violations::default();
        let stars = violations.keep("rating", parse_stars(self.rating));
        let text = violations.keep("text", ReviewText::parse(&self.text));
        let write = || {
            Some(WriteReview {
                movie,
                stars: stars?,
                text: text?,
            })
        };
        violations.finish(write())
    }
}

/// A JSON merge patch of a review: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "ReviewChange", example = json!({"rating": 4})))]
pub(crate) struct ReviewChange {
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, minimum = 1, maximum = 5))]
    rating: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Lines<{ ReviewText::CHARS_MIN }, { ReviewText::CHARS_MAX }>>))]
    text: Option<String>,
}

impl ReviewChange {
    pub(crate) fn parse(self) -> Result<ReviewPatch, Problem> {
        let mut violations = Violations::default();
        let stars = violations.keep_optional("rating", self.rating, parse_stars);
        let text = violations.keep_optional("text", self.text.as_deref(), ReviewText::parse);
        let patch = || {
            Some(ReviewPatch {
                stars: stars?,
                text: text?,
            })
        };
        violations.finish(patch())
    }
}
