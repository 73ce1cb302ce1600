//! Films.

use jiff::civil::Date;
use url::Url;

use super::{Description, Genre, Invalid, Language, MovieId, Rating, SearchText, Title, Version};

/// How long a film runs, in whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct RunningTime(u32);

impl RunningTime {
    /// The shortest film, in minutes.
    pub const MINUTES_MIN: u32 = 1;
    /// The longest film, in minutes.
    pub const MINUTES_MAX: u32 = 900;

    /// A running time of 1 to 900 minutes.
    ///
    /// # Errors
    /// `out_of_range`.
    pub fn parse(minutes: u32) -> Result<Self, Invalid> {
        if (Self::MINUTES_MIN..=Self::MINUTES_MAX).contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(Invalid::new("out_of_range", "must be from 1 to 900 minutes"))
        }
    }

    /// Whole minutes.
    pub fn minutes(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for RunningTime {
    type Error = Invalid;

    fn try_from(minutes: u32) -> Result<Self, Invalid> {
        Self::parse(minutes)
    }
}

impl From<RunningTime> for u32 {
    fn from(time: RunningTime) -> Self {
        time.0
    }
}

/// The address of a picture or a trailer: absolute, `http` or `https`, without credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebAddress(Url);

impl WebAddress {
    /// The most characters.
    pub const CHARS_MAX: usize = 2048;

    /// Reads an address such as `https://example.org/poster.jpg`.
    ///
    /// # Errors
    /// `too_long` or `invalid_url`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let long = || Invalid::new("too_long", "must have at most 2048 characters");
        if text.chars().count() > Self::CHARS_MAX {
            return Err(long());
        }
        let wrong = || {
            Invalid::new(
                "invalid_url",
                "must be an http or https address such as https://example.org/poster.jpg",
            )
        };
        let url = Url::parse(text).map_err(|_| wrong())?;
        let plain = url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || !plain {
            return Err(wrong());
        }
        // Percent-encoding may have made it longer than what was read.
        if url.as_str().chars().count() > Self::CHARS_MAX {
            Err(long())
        } else {
            Ok(Self(url))
        }
    }

    /// The address in normal form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl TryFrom<String> for WebAddress {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<WebAddress> for String {
    fn from(address: WebAddress) -> Self {
        address.0.into()
    }
}

/// The genres of a film: 1 to 10, distinct without regard to case, in the order given.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<Genre>", into = "Vec<Genre>")]
pub struct Genres(Vec<Genre>);

impl Genres {
    /// The most genres of one film.
    pub const COUNT_MAX: usize = 10;

    /// Checks count and distinctness.
    ///
    /// # Errors
    /// `empty`, `too_many` or `duplicate`.
    pub fn parse(genres: Vec<Genre>) -> Result<Self, Invalid> {
        if genres.is_empty() {
            return Err(Invalid::new("empty", "must name at least one genre"));
        }
        if genres.len() > Self::COUNT_MAX {
            return Err(Invalid::new("too_many", "must name at most 10 genres"));
        }
        let mut lower: Vec<String> = genres.iter().map(|genre| genre.as_str().to_lowercase()).collect();
        lower.sort_unstable();
        if lower.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Invalid::new("duplicate", "must not name a genre twice"));
        }
        Ok(Self(genres))
    }

    /// The genres in the order given.
    pub fn as_slice(&self) -> &[Genre] {
        &self.0
    }
}

impl TryFrom<Vec<Genre>> for Genres {
    type Error = Invalid;

    fn try_from(genres: Vec<Genre>) -> Result<Self, Invalid> {
        Self::parse(genres)
    }
}

impl From<Genres> for Vec<Genre> {
    fn from(genres: Genres) -> Self {
        genres.0
    }
}

/// What an administrator says about a film.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MovieDetails {
    /// Its title.
    pub title: Title,
    /// What it is about; may be empty.
    pub description: Description,
    /// Its genres.
    pub genres: Genres,
    /// How long it runs.
    pub duration: RunningTime,
    /// Its age rating.
    pub rating: Option<Rating>,
    /// The language it is shown in.
    pub language: Language,
    /// The first day it may be shown.
    pub release_date: Date,
    /// The last day it is shown; not before the first.
    pub end_date: Option<Date>,
    /// A portrait picture.
    pub poster_url: Option<WebAddress>,
    /// A landscape picture.
    pub backdrop_url: Option<WebAddress>,
    /// A trailer.
    pub trailer_url: Option<WebAddress>,
}

impl MovieDetails {
    /// Checks what no single field can: the run ends on or after the day it begins.
    ///
    /// # Errors
    /// `before_release_date`, of the field `end_date`.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.end_date {
            Some(end) if end < self.release_date => {
                Err(Invalid::new("before_release_date", "must not be before release_date"))
            }
            _ => Ok(()),
        }
    }
}

/// How often and how well a film was reviewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReviewSummary {
    /// The number of reviews.
    pub count: u32,
    /// The sum of their stars.
    pub stars: u64,
}

impl ReviewSummary {
    /// The mean number of stars, to one decimal; none without reviews.
    pub fn average(&self) -> Option<f64> {
        // Integer rounding first, so that every instance prints the same digits.
        let tenths = (self.stars * 10 + u64::from(self.count) / 2).checked_div(u64::from(self.count))?;
        u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
    }
}

/// A film.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Movie {
    /// The film.
    pub id: MovieId,
    /// Raised by every change of the details; reviews do not count.
    pub version: Version,
    /// What an administrator says about it.
    pub details: MovieDetails,
    /// Kept by the store together with the reviews.
    pub reviews: ReviewSummary,
}

/// Which films to list; every filter given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MovieFilter {
    /// One of the film's genres, without regard to case.
    pub genre: Option<Genre>,
    /// The film's language, without regard to case.
    pub language: Option<Language>,
    /// A day on which a scheduled showtime of the film starts, in its theater's time zone.
    pub showing_on: Option<Date>,
    /// Words in the title or the description, without regard to case.
    pub search: Option<SearchText>,
}
