//! Reviews by people who saw the film.

use jiff::Timestamp;

use super::{DisplayName, Invalid, MovieId, ReviewId, ReviewText, UserId, Version};

/// One to five stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Stars(u8);

impl Stars {
    /// The fewest stars.
    pub const MIN: u8 = 1;
    /// The most stars.
    pub const MAX: u8 = 5;

    /// Reads 1 to 5 stars.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn parse(stars: u8) -> Result<Self, Invalid> {
        if (Self::MIN..=Self::MAX).contains(&stars) {
            Ok(Self(stars))
        } else {
            Err(Invalid::new("out_of_range", "must be from 1 to 5"))
        }
    }

    /// The number of stars.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Stars {
    type Error = Invalid;

    fn try_from(stars: u8) -> Result<Self, Invalid> {
        Self::parse(stars)
    }
}

impl From<Stars> for u8 {
    fn from(stars: Stars) -> Self {
        stars.0
    }
}

/// What one person says about one film; at most one each.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Review {
    /// The review.
    pub id: ReviewId,
    /// Raised by every change.
    pub version: Version,
    /// The film.
    pub movie: MovieId,
    /// Who wrote it.
    pub author: UserId,
    /// What the author was called when it was written.
    pub author_name: DisplayName,
    /// One to five stars.
    pub stars: Stars,
    /// What the author says.
    pub text: ReviewText,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
