use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use milo_core::domain::{
    Cursor, Description, Genre, Genres, Language, Movie, MovieDetails, MovieFilter, MovieId, Page, PageRequest, Rating,
    ReviewSummary, RunningTime, Title, Version, WebAddress, ZoneName,
};
use milo_core::ports::{AddError, ChangeError, PortError};
use sqlx::postgres::PgRow;

use super::super::failure::Intent;
use super::super::keyset::{after_text, rows_max};
use super::super::row::Record;
use super::super::statement::Statement;
use super::super::store::PgStore;
use super::super::time::stored;
use super::{PORT, added, changed, folded, port_error};

macro_rules! select_movies {
    ($which:literal) => {
        concat!(
            "select id, version, title, description, genres, duration_minutes, rating, language, release_date, end_date,
                poster_url, backdrop_url, trailer_url, review_count, review_stars
            from movies ",
            $which
        )
    };
}

pub(super) async fn add(store: &PgStore, movie: &Movie) -> Result<(), AddError> {
    let answer = store
        .row(Intent::Write, || {
            let statement = sqlx::query(
                "insert into movies (
                    id, version, title, title_folded, description, description_folded, genres, genres_folded,
                    duration_minutes, rating, language, language_folded, release_date, end_date,
                    poster_url, backdrop_url, trailer_url
                )
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                on conflict (id) do nothing
                returning id",
            )
            .bind(movie.id.0)
            .bind(i64::from(movie.version.0));
            bind_details(statement, &movie.details)
        })
        .await;
    added(answer)
}

pub(super) async fn change(store: &PgStore, movie: &Movie, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            let statement = sqlx::query(
                "with changed as (
                    update movies
                    set version = $2, title = $3, title_folded = $4, description = $5, description_folded = $6,
                        genres = $7, genres_folded = $8, duration_minutes = $9, rating = $10, language = $11,
                        language_folded = $12, release_date = $13, end_date = $14, poster_url = $15,
                        backdrop_url = $16, trailer_url = $17
                    where id = $1 and version = $18
                    returning id
                )
                select exists (select from changed) as changed, exists (select from movies where id = $1) as known",
            )
            .bind(movie.id.0)
            .bind(i64::from(movie.version.0));
            bind_details(statement, &movie.details).bind(i64::from(expected.0))
        })
        .await;
    changed(answer)
}

pub(super) async fn remove(store: &PgStore, movie: MovieId, expected: Version) -> Result<(), ChangeError> {
    let answer = store
        .the_row(Intent::Write, || {
            sqlx::query(
                "with changed as (delete from movies where id = $1 and version = $2 returning id)
                select exists (select from changed) as changed, exists (select from movies where id = $1) as known",
            )
            .bind(movie.0)
            .bind(i64::from(expected.0))
        })
        .await;
    changed(answer)
}

pub(super) async fn one(store: &PgStore, movie: MovieId) -> Result<Option<Arc<Movie>>, PortError> {
    let row = store
        .row(Intent::Read, || {
            sqlx::query(select_movies!("where id = $1")).bind(movie.0)
        })
        .await
        .map_err(port_error)?;
    row.as_ref().map(read_movie).transpose()
}

pub(super) async fn list(
    store: &PgStore,
    filter: &MovieFilter,
    request: &PageRequest,
) -> Result<Page<Arc<Movie>>, PortError> {
    let days = match filter.showing_on {
        Some(date) => Some(days(store, date).await?),
        None => None,
    };
    let (title, id) = after_text(request);
    let rows = store
        .rows(Intent::Read, || {
            let (zones, begins, ends) = days.clone().map_or((None, None, None), |days| {
                (Some(days.zones), Some(days.begins), Some(days.ends))
            });
            sqlx::query(select_movies!(
                "where (title, id) > ($1, $2)
                    and ($3::text is null or $3 = any (genres_folded))
                    and ($4::text is null or language_folded = $4)
                    and not exists (
                        select from unnest($5::text[]) as word
                        where strpos(title_folded, word) = 0 and strpos(description_folded, word) = 0
                    )
                    and ($6::text[] is null or exists (
                        select from showtimes
                            join theaters on theaters.id = showtimes.theater_id
                            join unnest($6::text[], $7::timestamptz[], $8::timestamptz[]) as day (zone, begins, ends)
                                on day.zone = theaters.time_zone
                        where showtimes.movie_id = movies.id
                            and showtimes.status = 'scheduled'
                            and showtimes.starts_at >= day.begins
                            and showtimes.starts_at < day.ends
                    ))
                order by title, id limit $9"
            ))
            .bind(title.as_str())
            .bind(id)
            .bind(filter.genre.as_ref().map(|genre| folded(genre.as_str())))
            .bind(filter.language.as_ref().map(|language| folded(language.as_str())))
            .bind(
                filter
                    .search
                    .as_ref()
                    .map_or_else(Vec::new, |search| words(search.as_str())),
            )
            .bind(zones)
            .bind(begins)
            .bind(ends)
            .bind(rows_max(request))
        })
        .await
        .map_err(port_error)?;
    let movies = rows.iter().map(read_movie).collect::<Result<_, _>>()?;
    Ok(Page::cut(movies, request.limit(), |movie: &Arc<Movie>| Cursor {
        key: movie.details.title.as_str().to_owned(),
        id: movie.id.0,
    }))
}

fn words(text: &str) -> Vec<String> {
    folded(text).split_whitespace().map(str::to_owned).collect()
}

/// When a day begins and ends in each of several time zones, as columns.
#[derive(Clone, Default)]
struct Days {
    zones: Vec<String>,
    begins: Vec<jiff_sqlx::Timestamp>,
    ends: Vec<jiff_sqlx::Timestamp>,
}

/// When the day begins and ends in every time zone that a theater is in; a second round trip, at most one row a zone.
///
/// Worked out here and not by Postgres, which has another edition of the time zone database and begins a day that begins
/// twice (when clocks are put back at midnight) the second time.
async fn days(store: &PgStore, date: Date) -> Result<Days, PortError> {
    let rows = store
        .rows(Intent::Read, || {
            sqlx::query("select distinct on (time_zone) id, time_zone from theaters order by time_zone")
        })
        .await
        .map_err(port_error)?;
    let mut days = Days::default();
    for row in &rows {
        let zone = Record::new(PORT, "theaters", row)?.parse("time_zone", ZoneName::parse)?;
        if let Some((begins, ends)) = day(&zone, date) {
            days.zones.push(zone.as_str().to_owned());
            days.begins.push(stored(begins));
            days.ends.push(stored(ends));
        }
    }
    Ok(days)
}

fn day(zone: &ZoneName, date: Date) -> Option<(Timestamp, Timestamp)> {
    let begins = date.to_zoned(zone.rules()).ok()?.timestamp();
    let ends = match date.tomorrow() {
        Ok(next) => next.to_zoned(zone.rules()).ok()?.timestamp(),
        Err(_) => Timestamp::MAX,
    };
    Some((begins, ends))
}

/// Binds what an administrator says about a film, in the order of the columns: fifteen values.
fn bind_details(statement: Statement, details: &MovieDetails) -> Statement {
    let genres = details.genres.as_slice();
    let address = |address: &Option<WebAddress>| address.as_ref().map(|address| address.as_str().to_owned());
    statement
        .bind(details.title.as_str())
        .bind(folded(details.title.as_str()))
        .bind(details.description.as_str())
        .bind(folded(details.description.as_str()))
        .bind(genres.iter().map(Genre::as_str).collect::<Vec<_>>())
        .bind(genres.iter().map(|genre| folded(genre.as_str())).collect::<Vec<_>>())
        .bind(i64::from(details.duration.minutes()))
        .bind(details.rating.as_ref().map(Rating::as_str))
        .bind(details.language.as_str())
        .bind(folded(details.language.as_str()))
        .bind(details.release_date.to_sqlx())
        .bind(details.end_date.map(ToSqlx::to_sqlx))
        .bind(address(&details.poster_url))
        .bind(address(&details.backdrop_url))
        .bind(address(&details.trailer_url))
}

fn read_movie(row: &PgRow) -> Result<Arc<Movie>, PortError> {
    let record = Record::new(PORT, "movies", row)?;
    let details = MovieDetails {
        title: record.parse("title", Title::parse)?,
        description: record.parse("description", Description::parse)?,
        genres: record.parse("genres", |genres: Vec<String>| {
            let genres: Result<Vec<Genre>, _> = genres.iter().map(|genre| Genre::parse(genre)).collect();
            genres.and_then(Genres::parse)
        })?,
        // What does not fit is no running time either.
        duration: record.parse("duration_minutes", |minutes: i32| {
            RunningTime::parse(minutes.try_into().unwrap_or(0))
        })?,
        rating: record.parse_optional("rating", Rating::parse)?,
        language: record.parse("language", Language::parse)?,
        release_date: record.get::<jiff_sqlx::Date>("release_date")?.to_jiff(),
        end_date: record
            .get::<Option<jiff_sqlx::Date>>("end_date")?
            .map(jiff_sqlx::Date::to_jiff),
        poster_url: record.parse_optional("poster_url", WebAddress::parse)?,
        backdrop_url: record.parse_optional("backdrop_url", WebAddress::parse)?,
        trailer_url: record.parse_optional("trailer_url", WebAddress::parse)?,
    };
    details
        .check()
        .map_err(|rule| record.corrupt("end_date", &rule.to_string()))?;
    Ok(Arc::new(Movie {
        id: record.id(),
        version: record.version("version")?,
        details,
        reviews: ReviewSummary {
            count: record.parse::<i64, _, _>("review_count", u32::try_from)?,
            stars: record.parse::<i64, _, _>("review_stars", u64::try_from)?,
        },
    }))
}
