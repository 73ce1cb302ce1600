//! The schema of accounts, catalogue and reviews refuses by itself what must never be, whoever writes it.

use std::collections::BTreeSet;

use milo_core::conformance::samples::{self, Hall};
use milo_core::conformance::{EngineClock, LONG, later};
use milo_core::ports::{Accounts, BookingStore, Reviews, Sessions};
use sqlx::PgPool;

use super::engine::PgEngine;

/// A copy of a row, with a new id and with what the JSON says.
macro_rules! copy_of {
    ($table:literal) => {
        concat!(
            "insert into ",
            $table,
            " select changed.* from ",
            $table,
            " as kept, jsonb_populate_record(kept, jsonb_build_object('id', gen_random_uuid()) || $1::jsonb) as changed limit 1"
        )
    };
}

/// A statement, what its row is changed to, and the constraint that refuses it.
type Refusal = (&'static str, &'static str, &'static str);

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

const ACCOUNTS: &[Refusal] = &[
    (ACCOUNT, r#"{"email": "Ann@example.org"}"#, "accounts_email_form"),
    (ACCOUNT, r#"{"display_name": ""}"#, "accounts_display_name_check"),
    (ACCOUNT, r#"{"phone": "1"}"#, "accounts_phone_check"),
    (ACCOUNT, r#"{"password_hash": ""}"#, "accounts_password_hash_check"),
    (ACCOUNT, "{}", "accounts_email_unique"),
    (
        "insert into accounts select id, email || $1, display_name, phone, is_admin, password_hash, created_at
        from accounts limit 1",
        "x",
        "accounts_pkey",
    ),
    (SESSION, r#"{"user_id": "NOBODY"}"#, "sessions_user_id_fkey"),
    (SESSION, r#"{"first_token": "\\x00"}"#, "sessions_first_token_check"),
    (SESSION, r#"{"current_token": "\\x00"}"#, "sessions_current_token_check"),
    (
        "insert into sessions select * from sessions where $1 <> ''",
        "x",
        "sessions_pkey",
    ),
    (TOKEN, r#"{"hash": "\\x00"}"#, "refresh_tokens_hash_check"),
    (TOKEN, "{}", "refresh_tokens_unique"),
    (
        "insert into refresh_tokens values (sha256($1::bytea), gen_random_uuid())",
        "another",
        "refresh_tokens_session_id_fkey",
    ),
];

const MOVIES: &[Refusal] = &[
    (MOVIE, r#"{"version": 0}"#, "movies_version_check"),
    (MOVIE, r#"{"title": ""}"#, "movies_title_check"),
    (MOVIE, r#"{"genres": [], "genres_folded": []}"#, "movies_genres_check"),
    (
        MOVIE,
        r#"{"genres": [null], "genres_folded": [""]}"#,
        "movies_genres_check",
    ),
    (MOVIE, r#"{"genres_folded": ["drama"]}"#, "movies_genres_are_folded"),
    (MOVIE, r#"{"duration_minutes": 0}"#, "movies_duration_minutes_check"),
    (MOVIE, r#"{"duration_minutes": 901}"#, "movies_duration_minutes_check"),
    (MOVIE, r#"{"rating": ""}"#, "movies_rating_check"),
    (MOVIE, r#"{"language": ""}"#, "movies_language_check"),
    (MOVIE, r#"{"end_date": "1999-12-31"}"#, "movies_end_after_release"),
    (MOVIE, r#"{"poster_url": ""}"#, "movies_poster_url_check"),
    (MOVIE, r#"{"backdrop_url": ""}"#, "movies_backdrop_url_check"),
    (MOVIE, r#"{"trailer_url": ""}"#, "movies_trailer_url_check"),
    (
        MOVIE,
        r#"{"review_count": -1, "review_stars": -2}"#,
        "movies_review_count_check",
    ),
    (
        MOVIE,
        r#"{"review_count": 2, "review_stars": 11}"#,
        "movies_review_summary",
    ),
    (
        MOVIE,
        r#"{"review_count": 0, "review_stars": 1}"#,
        "movies_review_summary",
    ),
    (
        "update movies set description = repeat($1, 5001)",
        "x",
        "movies_description_check",
    ),
    (
        "insert into movies select * from movies where $1 <> ''",
        "x",
        "movies_pkey",
    ),
];

const PLACES: &[Refusal] = &[
    (THEATER, r#"{"version": 0}"#, "theaters_version_check"),
    (THEATER, r#"{"name": ""}"#, "theaters_name_check"),
    (THEATER, r#"{"address": ""}"#, "theaters_address_check"),
    (THEATER, r#"{"city": ""}"#, "theaters_city_check"),
    (THEATER, r#"{"state": ""}"#, "theaters_state_check"),
    (THEATER, r#"{"postal_code": ""}"#, "theaters_postal_code_check"),
    (THEATER, r#"{"time_zone": ""}"#, "theaters_time_zone_check"),
    (
        "insert into theaters select * from theaters where $1 <> ''",
        "x",
        "theaters_pkey",
    ),
    (SCREEN, r#"{"version": 4294967296}"#, "screens_version_check"),
    (SCREEN, r#"{"name": ""}"#, "screens_name_check"),
    (SCREEN, r#"{"kind": "drive_in"}"#, "screens_kind_check"),
    (SCREEN, r#"{"capacity": -1}"#, "screens_capacity_check"),
    (SCREEN, r#"{"theater_id": "NOBODY"}"#, "screens_theater_id_fkey"),
    (
        "insert into screens select * from screens where $1 <> ''",
        "x",
        "screens_pkey",
    ),
];

const LAYOUTS: &[Refusal] = &[
    (ROW, r#"{"place": 61}"#, "layout_rows_place_check"),
    (ROW, r#"{"place": 60, "label": "a"}"#, "layout_rows_label_check"),
    (
        ROW,
        r#"{"place": 60, "label": "Z", "pattern": "RXR"}"#,
        "layout_rows_pattern_check",
    ),
    (ROW, r#"{"label": "Z"}"#, "layout_rows_pkey"),
    (ROW, r#"{"place": 60}"#, "layout_rows_screen_id_label_key"),
    (ROW, r#"{"screen_id": "NOBODY"}"#, "layout_rows_screen_id_fkey"),
    (SEAT, r#"{"row_label": ""}"#, "seats_row_label_check"),
    (SEAT, r#"{"number": 0}"#, "seats_number_check"),
    (SEAT, r#"{"number": 2, "column_number": 1}"#, "seats_column"),
    (SEAT, r#"{"kind": "sofa"}"#, "seats_kind_check"),
    (SEAT, r#"{"screen_id": "NOBODY"}"#, "seats_screen_id_fkey"),
    (SEAT, "{}", "seats_place"),
    (
        "insert into seats select * from seats where $1 <> ''",
        "x",
        "seats_pkey",
    ),
];

const SHOWTIMES: &[Refusal] = &[
    (SHOWTIME, "{}", "showtimes_never_overlap"),
    (
        SHOWTIME,
        r#"{"status": "cancelled", "version": 0}"#,
        "showtimes_version_check",
    ),
    (SHOWTIME, r#"{"status": "postponed"}"#, "showtimes_status_check"),
    (SHOWTIME, r#"{"ends_at": "2000-01-01T00:00:00Z"}"#, "showtimes_last"),
    (SHOWTIME, r#"{"price_regular": -1}"#, "showtimes_price_regular_check"),
    (SHOWTIME, r#"{"price_premium": 0}"#, "showtimes_price_premium_check"),
    (
        SHOWTIME,
        r#"{"price_recliner": 100000001}"#,
        "showtimes_price_recliner_check",
    ),
    (
        SHOWTIME,
        r#"{"price_wheelchair": 0}"#,
        "showtimes_price_wheelchair_check",
    ),
    (SHOWTIME, r#"{"price_companion": 0}"#, "showtimes_price_companion_check"),
    (
        SHOWTIME,
        r#"{"price_regular": null, "price_premium": null, "price_recliner": null, "price_wheelchair": null,
            "price_companion": null}"#,
        "showtimes_are_priced",
    ),
    (SHOWTIME, r#"{"currency": "dollar"}"#, "showtimes_currency_check"),
    (SHOWTIME, r#"{"price_version": 0}"#, "showtimes_price_version_check"),
    (
        SHOWTIME,
        r#"{"status": "cancelled", "movie_id": "NOBODY"}"#,
        "showtimes_movie",
    ),
    (
        SHOWTIME,
        r#"{"status": "cancelled", "screen_id": "NOBODY"}"#,
        "showtimes_screen",
    ),
    (
        SHOWTIME,
        r#"{"status": "cancelled", "theater_id": "NOBODY"}"#,
        "showtimes_screen",
    ),
    (
        "insert into showtimes select * from showtimes where $1 <> ''",
        "x",
        "showtimes_pkey",
    ),
    (
        "update showtimes set starts_at = starts_at - $1::interval",
        "1 hour",
        "showtimes_reserved_stay",
    ),
    (
        "update showtimes set ends_at = ends_at + $1::interval",
        "1 hour",
        "showtimes_reserved_stay",
    ),
    ("delete from showtimes where $1 <> ''", "x", "reservations_showtime"),
    ("delete from movies where $1 <> ''", "x", "reservations_showtime"),
    ("delete from screens where $1 <> ''", "x", "reserved_seats_on_screen"),
];

const REVIEWS: &[Refusal] = &[
    (REVIEW, r#"{"version": 0}"#, "reviews_version_check"),
    (REVIEW, r#"{"author_name": ""}"#, "reviews_author_name_check"),
    (REVIEW, r#"{"stars": 0}"#, "reviews_stars_check"),
    (REVIEW, r#"{"stars": 6}"#, "reviews_stars_check"),
    (REVIEW, r#"{"text": ""}"#, "reviews_text_check"),
    (REVIEW, r#"{"movie_id": "NOBODY"}"#, "reviews_movie"),
    (REVIEW, "{}", "reviews_one_each"),
    (
        "insert into reviews select * from reviews where $1 <> ''",
        "x",
        "reviews_id_unique",
    ),
];

const ACCOUNT: &str = copy_of!("accounts");
const SESSION: &str = copy_of!("sessions");
const TOKEN: &str = copy_of!("refresh_tokens");
const MOVIE: &str = copy_of!("movies");
const THEATER: &str = copy_of!("theaters");
const SCREEN: &str = copy_of!("screens");
const ROW: &str = copy_of!("layout_rows");
const SEAT: &str = copy_of!("seats");
const SHOWTIME: &str = copy_of!("showtimes");
const REVIEW: &str = copy_of!("reviews");

/// A store with a row at least in every table of the three files.
async fn filled() -> PgEngine {
    let engine = PgEngine::new().await;
    let (store, now) = (&*engine.store, engine.now().await);
    let account = samples::account();
    store.create(&account).await.unwrap();
    store.open(&samples::session(account.id, now, LONG)).await.unwrap();
    let hall = Hall::open(store, later(now, 100 * LONG)).await;
    store.add(&samples::review(&hall, account.id, 4)).await.unwrap();
    store.place(&hall.placement(account.id, 0..1)).await.unwrap();
    engine
}

/// Tries every statement, and finds each refused by its constraint.
async fn assert_refused(refusals: &[Refusal]) {
    let engine = filled().await;
    let mut wrong = Vec::new();
    for &(statement, value, constraint) in refusals {
        let refused = refused_by(&engine.pool, statement, &value.replace("NOBODY", NOBODY)).await;
        if refused != constraint {
            wrong.push(format!("{constraint} with {value}: {refused}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

async fn refused_by(pool: &PgPool, statement: &'static str, value: &str) -> String {
    match sqlx::query(statement).bind(value).execute(pool).await {
        Ok(done) => format!("{} rows were written", done.rows_affected()),
        Err(sqlx::Error::Database(error)) => error.constraint().map_or_else(|| error.to_string(), str::to_owned),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn wrong_accounts_and_sessions_are_refused() {
    assert_refused(ACCOUNTS).await;
}

#[tokio::test]
async fn wrong_films_are_refused() {
    assert_refused(MOVIES).await;
}

#[tokio::test]
async fn wrong_theaters_and_screens_are_refused() {
    assert_refused(PLACES).await;
}

#[tokio::test]
async fn wrong_rows_and_seats_are_refused() {
    assert_refused(LAYOUTS).await;
}

#[tokio::test]
async fn wrong_showtimes_are_refused_and_reserved_ones_stay() {
    assert_refused(SHOWTIMES).await;
}

#[tokio::test]
async fn wrong_reviews_are_refused() {
    assert_refused(REVIEWS).await;
}

/// A constraint that nobody has seen refuse anything may be wrong.
#[tokio::test]
async fn every_constraint_was_seen_to_refuse() {
    let engine = PgEngine::new().await;
    let names: Vec<String> = sqlx::query_scalar(
        "with mine as (
            select oid from pg_class where oid in (
                'accounts'::regclass, 'sessions'::regclass, 'refresh_tokens'::regclass, 'movies'::regclass,
                'theaters'::regclass, 'screens'::regclass, 'layout_rows'::regclass, 'seats'::regclass,
                'showtimes'::regclass, 'reviews'::regclass
            )
        )
        select conname::text from pg_constraint where conrelid in (select oid from mine) and contype in ('c', 'f', 'p', 'u', 'x')
        union
        select indexrelid::regclass::text from pg_index where indrelid in (select oid from mine) and indisunique",
    )
    .fetch_all(&engine.pool)
    .await
    .unwrap();
    // They hold a primary key together with a column, for foreign keys to name: the primary key always refuses first.
    let wider_keys = ["screens_in_theater", "showtimes_id_on_screen"];
    let seen: BTreeSet<&str> = [ACCOUNTS, MOVIES, PLACES, LAYOUTS, SHOWTIMES, REVIEWS]
        .into_iter()
        .flatten()
        .map(|(_, _, constraint)| *constraint)
        .chain(wider_keys)
        .collect();
    let unseen: Vec<&String> = names.iter().filter(|name| !seen.contains(name.as_str())).collect();
    assert_eq!(unseen, [""; 0]);
}

#[tokio::test]
async fn a_person_goes_with_all_sessions() {
    let engine = filled().await;
    sqlx::query("delete from accounts").execute(&engine.pool).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("select (select count(*) from sessions) + (select count(*) from refresh_tokens)")
            .fetch_one(&engine.pool)
            .await
            .unwrap();
    assert_eq!(left, 0);
}
