//! Where a page begins. Every listing is ordered by a sort key and an id, and a page begins after a pair of them, so that
//! one index finds it however far away it is.

use jiff::Timestamp;
use milo_core::domain::PageRequest;
use uuid::Uuid;

/// A text and an id that an ascending page begins after. No listed text is empty.
pub(super) fn after_text(request: &PageRequest) -> (String, Uuid) {
    let Some(cursor) = &request.after else {
        return (String::new(), Uuid::nil());
    };
    match cursor.key.split_once('\0') {
        // Postgres keeps no NUL, so a key with one lies right after the text before it, whatever the id.
        Some((before, _)) => (before.to_owned(), Uuid::max()),
        None => (cursor.key.clone(), cursor.id),
    }
}

/// A time and an id that an ascending page begins after; none if nothing can come after the cursor.
pub(super) fn after_time(request: &PageRequest) -> Option<(Timestamp, Uuid)> {
    time(request, (Timestamp::MIN, Uuid::nil()))
}

/// A time and an id that a descending page begins after; none if nothing can come after the cursor.
pub(super) fn before_time(request: &PageRequest) -> Option<(Timestamp, Uuid)> {
    time(request, (Timestamp::MAX, Uuid::max()))
}

/// A key that is no time was given out by no listing of times, so nothing comes after it.
fn time(request: &PageRequest, first: (Timestamp, Uuid)) -> Option<(Timestamp, Uuid)> {
    match &request.after {
        None => Some(first),
        Some(cursor) => Some((cursor.key.parse().ok()?, cursor.id)),
    }
}

/// How many rows to ask for: one more than the page has, which tells whether another follows.
pub(super) fn rows_max(request: &PageRequest) -> i64 {
    i64::try_from(request.limit()).unwrap_or(i64::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use milo_core::domain::Cursor;

    use super::*;

    fn after(key: &str) -> PageRequest {
        let cursor = Cursor {
            key: key.to_owned(),
            id: Uuid::nil(),
        };
        PageRequest::parse(2, Some(cursor)).unwrap()
    }

    #[test]
    fn a_key_with_a_nul_begins_after_the_text_before_it() {
        assert_eq!(after_text(&after("a\0b")), ("a".to_owned(), Uuid::max()));
    }

    #[test]
    fn a_key_that_is_no_time_has_nothing_after_it() {
        assert_eq!(after_time(&after("soon")), None);
        assert_eq!(before_time(&after("soon")), None);
    }
}
