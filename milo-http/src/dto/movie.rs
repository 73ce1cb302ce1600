use milo_core::catalog::MoviePatch;
use milo_core::domain::{
    Description, Genre, Genres, Invalid, Language, Movie, MovieDetails, MovieFilter, PageRequest, Rating, RunningTime,
    SearchText, Title, WebAddress,
};
use salvo::oapi::{BasicType, KnownFormat, Object, Parameter, SchemaFormat, ToSchema};
use serde::{Deserialize, Serialize};

use super::text::line;
use super::{Day, Distinct, Line, Lines, Link, Uid};
use crate::problem::{Problem, Violations};
use crate::request::{Parameters, Patch, QueryReader, page_parameters, parameter, parse_date, present};

/// A film.
#[derive(Debug, Serialize, ToSchema)]
#[salvo(schema(name = "Movie", bound = "'a: 'static"))]
pub(crate) struct MovieView<'a> {
    id: Uid,
    title: &'a str,
    description: &'a str,
    genres: Vec<&'a str>,
    duration_minutes: u32,
    #[salvo(schema(required = true))]
    rating: Option<&'a str>,
    language: &'a str,
    release_date: Day,
    #[salvo(schema(required = true))]
    end_date: Option<Day>,
    #[salvo(schema(required = true))]
    poster_url: Option<&'a str>,
    #[salvo(schema(required = true))]
    backdrop_url: Option<&'a str>,
    #[salvo(schema(required = true))]
    trailer_url: Option<&'a str>,
    reviews: ReviewSummaryView,
}

/// How often and how well a film was reviewed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[salvo(schema(name = "ReviewSummary"))]
pub(crate) struct ReviewSummaryView {
    count: u32,
    /// The mean of the ratings to one decimal; null without reviews.
    #[salvo(schema(required = true))]
    average: Option<f64>,
}

impl<'a> MovieView<'a> {
    pub(crate) fn of(movie: &'a Movie) -> Self {
        let details = &movie.details;
        Self {
            id: movie.id.into(),
            title: details.title.as_str(),
            description: details.description.as_str(),
            genres: details.genres.as_slice().iter().map(Genre::as_str).collect(),
            duration_minutes: details.duration.minutes(),
            rating: details.rating.as_ref().map(Rating::as_str),
            language: details.language.as_str(),
            release_date: Day(details.release_date),
            end_date: details.end_date.map(Day),
            poster_url: details.poster_url.as_ref().map(WebAddress::as_str),
            backdrop_url: details.backdrop_url.as_ref().map(WebAddress::as_str),
            trailer_url: details.trailer_url.as_ref().map(WebAddress::as_str),
            reviews: ReviewSummaryView {
                count: movie.reviews.count,
                average: movie.reviews.average(),
            },
        }
    }
}

/// A film to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "NewMovie", example = json!({
    "title": "The Long Take", "description": "A heist in one shot.", "genres": ["Thriller", "Drama"],
    "duration_minutes": 122, "rating": "PG-13", "language": "English", "release_date": "2026-12-01",
    "end_date": "2027-03-01", "poster_url": "https://example.org/poster.jpg", "backdrop_url": null, "trailer_url": null,
})))]
pub(crate) struct NewMovie {
    #[salvo(schema(value_type = Line<{ Title::CHARS_MAX }>))]
    title: String,
    /// What it is about; empty if absent.
    #[salvo(schema(value_type = Option<Lines<0, { Description::CHARS_MAX }>>))]
    description: Option<String>,
    /// Distinct without regard to case.
    #[salvo(schema(value_type = Distinct<Line<{ Genre::CHARS_MAX }>, 1, { Genres::COUNT_MAX }>))]
    genres: Vec<String>,
    #[salvo(schema(minimum = 1, maximum = 900))]
    duration_minutes: u32,
    /// An age rating such as `PG-13`.
    #[salvo(schema(value_type = Option<Line<{ Rating::CHARS_MAX }>>))]
    rating: Option<String>,
    #[salvo(schema(value_type = Line<{ Language::CHARS_MAX }>))]
    language: String,
    /// `YYYY-MM-DD`.
    #[salvo(schema(value_type = Day))]
    release_date: String,
    /// `YYYY-MM-DD`, not before the release.
    #[salvo(schema(value_type = Option<Day>))]
    end_date: Option<String>,
    /// `http` or `https`.
    #[salvo(schema(value_type = Option<Link>))]
    poster_url: Option<String>,
    /// `http` or `https`.
    #[salvo(schema(value_type = Option<Link>))]
    backdrop_url: Option<String>,
    /// `http` or `https`.
    #[salvo(schema(value_type = Option<Link>))]
    trailer_url: Option<String>,
}

impl NewMovie {
    pub(crate) fn parse(self) -> Result<MovieDetails, Problem> {
        let mut violations = Violations::default();
        let title = violations.keep("title", Title::parse(&self.title));
        let description = Description::parse(self.description.as_deref().unwrap_or_default());
        let description = violations.keep("description", description);
        let genres = parse_genres(&self.genres, &mut violations);
        let duration = violations.keep("duration_minutes", RunningTime::parse(self.duration_minutes));
        let rating = violations.keep_optional("rating", self.rating.as_deref(), Rating::parse);
        let language = violations.keep("language", Language::parse(&self.language));
        let release_date = violations.keep("release_date", parse_date(&self.release_date));
        let end_date = violations.keep_optional("end_date", self.end_date.as_deref(), parse_date);
        let poster_url = violations.keep_optional("poster_url", self.poster_url.as_deref(), WebAddress::parse);
        let backdrop_url = violations.keep_optional("backdrop_url", self.backdrop_url.as_deref(), WebAddress::parse);
        let trailer_url = violations.keep_optional("trailer_url", self.trailer_url.as_deref(), WebAddress::parse);
        let details = || {
            Some(MovieDetails {
                title: title?,
                description: description?,
                genres: genres?,
                duration: duration?,
                rating: rating?,
                language: language?,
                release_date: release_date?,
                end_date: end_date?,
                poster_url: poster_url?,
                backdrop_url: backdrop_url?,
                trailer_url: trailer_url?,
            })
        };
        let details = details();
        if let Some(Err(flaw)) = details.as_ref().map(MovieDetails::check) {
            violations.add("end_date", flaw);
        }
        violations.finish(details)
    }
}

fn parse_genres(raw: &[String], violations: &mut Violations) -> Option<Genres> {
    // The count is checked before each of very many is.
    if raw.len() <= Genres::COUNT_MAX {
        let parsed = raw.iter().enumerate();
        let parsed: Vec<_> = parsed
            .map(|(index, text)| violations.keep(format!("genres[{index}]"), Genre::parse(text)))
            .collect();
        let genres: Vec<Genre> = parsed.into_iter().collect::<Option<_>>()?;
        return violations.keep("genres", Genres::parse(genres));
    }
    violations.add("genres", Invalid::new("too_many", "must name at most 10 genres"));
    None
}

/// A JSON merge patch of a film: what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "MovieChange", example = json!({"title": "The Longer Take", "end_date": null})))]
pub(crate) struct MovieChange {
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ Title::CHARS_MAX }>>))]
    title: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Lines<0, { Description::CHARS_MAX }>>))]
    description: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Distinct<Line<{ Genre::CHARS_MAX }>, 1, { Genres::COUNT_MAX }>>))]
    genres: Option<Vec<String>>,
    /// Showtimes that are scheduled keep their length.
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, minimum = 1, maximum = 900))]
    duration_minutes: Option<u32>,
    #[serde(default)]
    #[salvo(schema(value_type = Option<Line<{ Rating::CHARS_MAX }>>))]
    rating: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Line<{ Language::CHARS_MAX }>>))]
    language: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[salvo(schema(nullable = false, value_type = Option<Day>))]
    release_date: Option<String>,
    #[serde(default)]
    #[salvo(schema(value_type = Option<Day>))]
    end_date: Patch<String>,
    #[serde(default)]
    #[salvo(schema(value_type = Option<Link>))]
    poster_url: Patch<String>,
    #[serde(default)]
    #[salvo(schema(value_type = Option<Link>))]
    backdrop_url: Patch<String>,
    #[serde(default)]
    #[salvo(schema(value_type = Option<Link>))]
    trailer_url: Patch<String>,
}

impl MovieChange {
    pub(crate) fn parse(self) -> Result<MoviePatch, Problem> {
        let mut violations = Violations::default();
        let title = violations.keep_optional("title", self.title.as_deref(), Title::parse);
        let description = violations.keep_optional("description", self.description.as_deref(), Description::parse);
        let genres = match &self.genres {
            None => Some(None),
            Some(raw) => parse_genres(raw, &mut violations).map(Some),
        };
        let duration = violations.keep_optional("duration_minutes", self.duration_minutes, RunningTime::parse);
        let rating = self.rating.parse("rating", &mut violations, Rating::parse);
        let language = violations.keep_optional("language", self.language.as_deref(), Language::parse);
        let release_date = violations.keep_optional("release_date", self.release_date.as_deref(), parse_date);
        let end_date = self.end_date.parse("end_date", &mut violations, parse_date);
        let poster_url = self.poster_url.parse("poster_url", &mut violations, WebAddress::parse);
        let backdrop_url = self
            .backdrop_url
            .parse("backdrop_url", &mut violations, WebAddress::parse);
        let trailer_url = self
            .trailer_url
            .parse("trailer_url", &mut violations, WebAddress::parse);
        let patch = || {
            Some(MoviePatch {
                title: title?,
                description: description?,
                genres: genres?,
                duration: duration?,
                rating: rating?,
                language: language?,
                release_date: release_date?,
                end_date: end_date?,
                poster_url: poster_url?,
                backdrop_url: backdrop_url?,
                trailer_url: trailer_url?,
            })
        };
        violations.finish(patch())
    }
}

/// Which films to list.
#[derive(Debug)]
pub(crate) struct MovieQuery {
    pub(crate) filter: MovieFilter,
    pub(crate) page: PageRequest,
}

impl Parameters for MovieQuery {
    fn describe() -> Vec<Parameter> {
        let day = Object::with_type(BasicType::String).format(SchemaFormat::KnownFormat(KnownFormat::Date));
        let mut parameters = vec![
            parameter(
                "genre",
                "One of the film's genres, without regard to case.",
                line(Genre::CHARS_MAX),
            ),
            parameter(
                "language",
                "The film's language, without regard to case.",
                line(Language::CHARS_MAX),
            ),
            parameter(
                "showing_on",
                "A day (`YYYY-MM-DD`) on which a scheduled showtime of the film starts, where its theater is.",
                day,
            ),
            parameter(
                "q",
                "Words in the title or the description, without regard to case.",
                line(SearchText::CHARS_MAX),
            ),
        ];
        parameters.extend(page_parameters());
        parameters
    }

    fn read(query: &mut QueryReader<'_>) -> Option<Self> {
        let genre = query.optional("genre", Genre::parse);
        let language = query.optional("language", Language::parse);
        let showing_on = query.optional("showing_on", parse_date);
        let search = query.optional("q", SearchText::parse);
        let page = query.page();
        Some(Self {
            filter: MovieFilter {
                genre: genre?,
                language: language?,
                showing_on: showing_on?,
                search: search?,
            },
            page: page?,
        })
    }
}
