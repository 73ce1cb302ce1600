//! What the fuzz targets reach for.

use milo_core::domain::PageRequest;

use crate::dto::{
    LayoutBody, Login, MovieChange, MovieQuery, NewHold, NewMovie, NewReservation, NewReview, NewScreen, NewShowtime,
    NewTheater, Refresh, Registration, ReviewChange, ScreenChange, ShowtimeChange, TheaterChange, TheaterQuery,
};
use crate::problem::{Problem, ProblemType};
use crate::request::{canonical_json, parse_date, parse_time, read, read_query, tag_matches};

/// How many kinds of bodies there are.
pub const BODIES: usize = 16;

/// Reads a body of the given kind as its operation would. Gives whether it was taken.
///
/// # Panics
/// If it was refused as a defect of ours, or nothing was named that is wrong with it.
pub fn body(kind: usize, bytes: &[u8]) -> bool {
    fn taken<T: serde::de::DeserializeOwned, U>(
        bytes: &[u8],
        parse: impl FnOnce(T) -> Result<U, Problem>,
    ) -> Result<(), Problem> {
        parse(read::<T>(bytes)?).map(drop)
    }
    let movie = || milo_core::domain::MovieId(uuid::Uuid::nil());
    let outcome = match kind % BODIES {
        0 => taken(bytes, |body: Registration| body.parse(None)),
        1 => taken(bytes, |body: Login| Ok((body.email, body.password))),
        2 => taken(bytes, |body: Refresh| Ok(body.refresh_token)),
        3 => taken(bytes, NewHold::parse),
        4 => taken(bytes, |body: NewReservation| body.parse(None)),
        5 => taken(bytes, NewMovie::parse),
        6 => taken(bytes, MovieChange::parse),
        7 => taken(bytes, NewTheater::parse),
        8 => taken(bytes, TheaterChange::parse),
        9 => taken(bytes, NewScreen::parse),
        10 => taken(bytes, ScreenChange::parse),
        11 => taken(bytes, NewShowtime::parse),
        12 => taken(bytes, |body: ShowtimeChange| body.parse(None)),
        13 => taken(bytes, LayoutBody::parse),
        14 => taken(bytes, |body: NewReview| body.parse(movie())),
        _ => taken(bytes, ReviewChange::parse),
    };
    judged(&outcome);
    // Only what was taken has a canonical form that matters: numbers that no operation takes lose their last digits.
    if outcome.is_ok() {
        let canonical = canonical_json(bytes);
        assert_eq!(
            canonical_json(&canonical),
            canonical,
            "the canonical form of a body is its own"
        );
        assert!(
            read::<serde_json::Value>(&canonical).is_ok(),
            "the canonical form of a body is a body"
        );
    }
    outcome.is_ok()
}

/// Reads a query as the lists do. Gives how many of them take it.
///
/// # Panics
/// As [`body`].
pub fn query(text: &str) -> usize {
    let outcomes = [
        read_query::<PageRequest>(text).map(drop),
        read_query::<MovieQuery>(text).map(drop),
        read_query::<TheaterQuery>(text).map(drop),
    ];
    outcomes.iter().for_each(judged);
    outcomes.iter().filter(|outcome| outcome.is_ok()).count()
}

/// Reads a time, a date and a list of entity tags.
///
/// # Panics
/// If a time that was read is not the same when it is written and read again.
pub fn scalars(text: &str) {
    if let Ok(time) = parse_time(text) {
        assert_eq!(parse_time(&time.to_string()), Ok(time));
    }
    if let Ok(date) = parse_date(text) {
        assert_eq!(date.to_string(), text);
    }
    let ours = "\"0123456789abcdef\"";
    let strong = tag_matches(text.as_bytes(), ours, false);
    assert!(
        !strong || tag_matches(text.as_bytes(), ours, true),
        "whatever matches strongly matches weakly"
    );
}

fn judged<T>(outcome: &Result<T, Problem>) {
    if let Err(problem) = outcome {
        assert_ne!(
            problem.kind(),
            ProblemType::Internal,
            "a request is never a defect of ours"
        );
    }
}
