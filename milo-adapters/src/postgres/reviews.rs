use async_trait::async_trait;
use milo_core::domain::{
    Cursor, DisplayName, MovieId, Page, PageRequest, Review, ReviewId, ReviewText, Stars, UserId, Version,
};
use milo_core::ports::{AddReviewError, ChangeReviewError, PortError, Reviews};
use sqlx::postgres::PgRow;

use super::change::{Change, change};
use super::failure::Intent;
use super::keyset::{before_time, rows_max};
use super::row::Record;
use super::statement::Statement;
use super::store::PgStore;
use super::time::{read, stored, time_key};

const PORT: &str = "reviews";

/// How often a review is offered that is refused for another one, which is gone when it is looked for.
const ADD_TIMES_MAX: u32 = 3;

macro_rules! select_reviews {
    ($which:literal) => {
        concat!(
            "select id, version, movie_id, author_id, author_name, stars, text, created_at, updated_at from reviews ",
            $which
        )
    };
}

// The films' summaries follow by a trigger of the schema.
#[async_trait]
impl Reviews for PgStore {
    async fn add(&self, review: &Review) -> Result<(), AddReviewError> {
        for _ in 0..ADD_TIMES_MAX {
            let added = self.row(Intent::Write, || insertion(review)).await;
            match added {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {
                    if let Some(known) = self.review_by(review.movie, review.author).await? {
                        return Err(AddReviewError::AlreadyReviewed(Box::new(known)));
                    }
                }
                Err(error) => {
                    return Err(match error.constraint() {
                        Some("reviews_movie") => AddReviewError::NoSuchMovie,
                        Some("reviews_id_unique") => PortError::refused(PORT, "another review has the id").into(),
                        _ => error.on(PORT).into(),
                    });
                }
            }
        }
        Err(PortError::transient(PORT, "the author's review comes and goes").into())
    }

    async fn change(&self, review: &Review, expected: Version) -> Result<(), ChangeReviewError> {
        let answer = self
            .the_row(Intent::Write, || {
                sqlx::query(
                    "with changed as (
                        update reviews
                        set version = $3, author_name = $4, stars = $5, text = $6, updated_at = $7
                        where id = $1 and version = $2
                        returning id
                    )
                    select exists (select from changed) as changed, exists (select from reviews where id = $1) as known",
                )
                .bind(review.id.0)
                .bind(i64::from(expected.0))
                .bind(i64::from(review.version.0))
                .bind(review.author_name.as_str())
                .bind(i16::from(review.stars.get()))
                .bind(review.text.as_str())
                .bind(stored(review.updated_at))
            })
            .await
            .map_err(|error| error.on(PORT))?;
        outcome(&answer)
    }

    async fn remove(&self, review: ReviewId, expected: Version) -> Result<(), ChangeReviewError> {
        let answer = self
            .the_row(Intent::Write, || {
                sqlx::query(
                    "with changed as (delete from reviews where id = $1 and version = $2 returning id)
                    select exists (select from changed) as changed, exists (select from reviews where id = $1) as known",
                )
                .bind(review.0)
                .bind(i64::from(expected.0))
            })
            .await
            .map_err(|error| error.on(PORT))?;
        outcome(&answer)
    }

    async fn review(&self, review: ReviewId) -> Result<Option<Review>, PortError> {
        let row = self
            .row(Intent::Read, || {
                sqlx::query(select_reviews!("where id = $1")).bind(review.0)
            })
            .await
            .map_err(|error| error.on(PORT))?;
        row.as_ref().map(read_review).transpose()
    }

    async fn of_movie(&self, movie: MovieId, page: &PageRequest) -> Result<Page<Review>, PortError> {
        self.review_page(page, || {
            sqlx::query(select_reviews!(
                "where movie_id = $1 and (created_at, id) < ($2, $3)
                order by created_at desc, id desc limit $4"
            ))
            .bind(movie.0)
        })
        .await
    }

    async fn of_author(&self, author: UserId, page: &PageRequest) -> Result<Page<Review>, PortError> {
        self.review_page(page, || {
            sqlx::query(select_reviews!(
                "where author_id = $1 and (created_at, id) < ($2, $3)
                order by created_at desc, id desc limit $4"
            ))
            .bind(author.0)
        })
        .await
    }
}

impl PgStore {
    /// What a person says about a film.
    async fn review_by(&self, movie: MovieId, author: UserId) -> Result<Option<Review>, PortError> {
        let row = self
            .row(Intent::Read, || {
                sqlx::query(select_reviews!("where movie_id = $1 and author_id = $2"))
                    .bind(movie.0)
                    .bind(author.0)
            })
            .await
            .map_err(|error| error.on(PORT))?;
        row.as_ref().map(read_review).transpose()
    }

    /// A page of `listing`, which takes the cursor's time and id and the number of rows as its second to fourth values.
    async fn review_page(
        &self,
        page: &PageRequest,
        listing: impl Fn() -> Statement + Send + Sync,
    ) -> Result<Page<Review>, PortError> {
        let Some((before, id)) = before_time(page) else {
            return Ok(Page::cut(Vec::new(), page.limit(), cursor));
        };
        let rows = self
            .rows(Intent::Read, || {
                listing().bind(stored(before)).bind(id).bind(rows_max(page))
            })
            .await
            .map_err(|error| error.on(PORT))?;
        let reviews = rows.iter().map(read_review).collect::<Result<_, _>>()?;
        Ok(Page::cut(reviews, page.limit(), cursor))
    }
}

fn insertion(review: &Review) -> Statement {
    sqlx::query(
        "insert into reviews (id, version, movie_id, author_id, author_name, stars, text, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict on constraint reviews_one_each do nothing
        returning id",
    )
    .bind(review.id.0)
    .bind(i64::from(review.version.0))
    .bind(review.movie.0)
    .bind(review.author.0)
    .bind(review.author_name.as_str())
    .bind(i16::from(review.stars.get()))
    .bind(review.text.as_str())
    .bind(stored(review.created_at))
    .bind(stored(review.updated_at))
}

fn outcome(answer: &PgRow) -> Result<(), ChangeReviewError> {
    match change(PORT, answer)? {
        Change::Made => Ok(()),
        Change::Stale => Err(ChangeReviewError::Stale),
        Change::Unknown => Err(ChangeReviewError::NotFound),
    }
}

fn cursor(review: &Review) -> Cursor {
    Cursor {
        key: time_key(review.created_at),
        id: review.id.0,
    }
}

fn read_review(row: &PgRow) -> Result<Review, PortError> {
    let record = Record::new(PORT, "reviews", row)?;
    Ok(Review {
        id: record.id(),
        version: record.version("version")?,
        movie: MovieId(record.get("movie_id")?),
        author: UserId(record.get("author_id")?),
        author_name: record.parse("author_name", DisplayName::parse)?,
        // What does not fit is no number of stars either.
        stars: record.parse("stars", |stars: i16| Stars::parse(stars.try_into().unwrap_or(0)))?,
        text: record.parse("text", ReviewText::parse)?,
        created_at: read(record.get("created_at")?),
        updated_at: read(record.get("updated_at")?),
    })
}
