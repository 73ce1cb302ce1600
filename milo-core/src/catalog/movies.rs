//! Keeping films.

use std::sync::Arc;

use jiff::civil::Date;

use super::{CatalogReadError, CatalogService, CatalogWriteError, added, checked, decide_again};
use crate::domain::{
    Admin, Description, Genres, IdempotencyKey, Language, Movie, MovieDetails, MovieFilter, MovieId, Page, PageRequest,
    Rating, ReviewSummary, RunningTime, Title, Version, WebAddress,
};
use crate::ports::PortError;

/// What to change about a film: what is none stays; an inner none clears.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoviePatch {
    /// Its title.
    pub title: Option<Title>,
    /// What it is about.
    pub description: Option<Description>,
    /// Its genres.
    pub genres: Option<Genres>,
    /// How long it runs. Showtimes that are scheduled keep their length.
    pub duration: Option<RunningTime>,
    /// Its age rating.
    pub rating: Option<Option<Rating>>,
    /// Its language.
    pub language: Option<Language>,
    /// The first day it may be shown.
    pub release_date: Option<Date>,
    /// The last day it is shown.
    pub end_date: Option<Option<Date>>,
    /// A portrait picture.
    pub poster_url: Option<Option<WebAddress>>,
    /// A landscape picture.
    pub backdrop_url: Option<Option<WebAddress>>,
    /// A trailer.
    pub trailer_url: Option<Option<WebAddress>>,
}

impl MoviePatch {
    fn apply(self, details: &mut MovieDetails) {
        set(&mut details.title, self.title);
        set(&mut details.description, self.description);
        set(&mut details.genres, self.genres);
        set(&mut details.duration, self.duration);
        set(&mut details.rating, self.rating);
        set(&mut details.language, self.language);
        set(&mut details.release_date, self.release_date);
        set(&mut details.end_date, self.end_date);
        set(&mut details.poster_url, self.poster_url);
        set(&mut details.backdrop_url, self.backdrop_url);
        set(&mut details.trailer_url, self.trailer_url);
    }
}

pub(super) fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn check(details: &MovieDetails) -> Result<(), CatalogWriteError> {
    details.check().map_err(|flaw| CatalogWriteError::Invalid {
        field: "end_date",
        flaw,
    })
}

impl CatalogService<'_> {
    /// Adds a film. The same key again gives the same film as it stands now.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn add_movie(
        &self,
        admin: Admin,
        details: MovieDetails,
        key: Option<&IdempotencyKey>,
    ) -> Result<Arc<Movie>, CatalogWriteError> {
        check(&details)?;
        let id = MovieId(self.new_id(admin, "movie", key));
        let movie = Movie {
            id,
            version: Version::FIRST,
            details,
            reviews: ReviewSummary::default(),
        };
        if added(self.core.ports.catalog.add_movie(&movie).await, "id")? {
            return Ok(Arc::new(movie));
        }
        Ok(self.movie(id).await?)
    }

    /// One film.
    ///
    /// # Errors
    /// See [`CatalogReadError`].
    pub async fn movie(&self, movie: MovieId) -> Result<Arc<Movie>, CatalogReadError> {
        self.core
            .ports
            .catalog
            .movie(movie)
            .await?
            .ok_or(CatalogReadError::NotFound)
    }

    /// Films by title.
    ///
    /// # Errors
    /// See [`PortError`].
    pub async fn movies(&self, filter: &MovieFilter, page: &PageRequest) -> Result<Page<Arc<Movie>>, PortError> {
        self.core.ports.catalog.movies(filter, page).await
    }

    /// Changes a film, if it still is at `expected`.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn change_movie(
        &self,
        _admin: Admin,
        movie: MovieId,
        patch: MoviePatch,
        expected: Option<Version>,
    ) -> Result<Arc<Movie>, CatalogWriteError> {
        for attempt in 1.. {
            let mut next = Arc::unwrap_or_clone(self.movie(movie).await?);
            let version = checked(expected, next.version)?;
            patch.clone().apply(&mut next.details);
            check(&next.details)?;
            next.version = version.next();
            match self.core.ports.catalog.change_movie(&next, version).await {
                Ok(()) => return Ok(Arc::new(next)),
                Err(error) if decide_again(expected, attempt, &error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(CatalogWriteError::Stale)
    }

    /// Removes a film that was never reserved.
    ///
    /// # Errors
    /// See [`CatalogWriteError`].
    pub async fn remove_movie(
        &self,
        _admin: Admin,
        movie: MovieId,
        expected: Option<Version>,
    ) -> Result<(), CatalogWriteError> {
        for attempt in 1.. {
            let version = checked(expected, self.movie(movie).await?.version)?;
            match self.core.ports.catalog.remove_movie(movie, version).await {
                Err(error) if decide_again(expected, attempt, &error) => {}
                done => return Ok(done?),
            }
        }
        Err(CatalogWriteError::Stale)
    }
}
