//! Indexes that pages are read from: a sort key and an id, in the order of their bytes.

use std::collections::BTreeSet;
use std::ops::Bound;

use jiff::Timestamp;
use milo_core::domain::{Cursor, Page, PageRequest};
use uuid::Uuid;

/// The rows of a list in its order.
pub(super) type Listing<I> = BTreeSet<(String, I)>;

/// A time as a sort key: RFC 3339 in UTC with six decimals, so that the order of the bytes is that of the times.
pub(super) fn time_key(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// The rows after the cursor, ascending.
pub(super) fn ascending<'a, I: Copy + Ord + From<Uuid>>(
    listing: &'a Listing<I>,
    after: Option<&Cursor>,
) -> impl Iterator<Item = &'a (String, I)> + use<'a, I> {
    let start = after.map_or(Bound::Unbounded, |cursor| Bound::Excluded(row(cursor)));
    listing.range((start, Bound::Unbounded))
}

/// The rows after the cursor, descending.
pub(super) fn descending<'a, I: Copy + Ord + From<Uuid>>(
    listing: &'a Listing<I>,
    after: Option<&Cursor>,
) -> impl Iterator<Item = &'a (String, I)> + use<'a, I> {
    let end = after.map_or(Bound::Unbounded, |cursor| Bound::Excluded(row(cursor)));
    listing.range((Bound::Unbounded, end)).rev()
}

/// One page of `rows`, which need not be read further than one row beyond it.
pub(super) fn page<T>(rows: impl Iterator<Item = T>, request: &PageRequest, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    Page::cut(rows.take(request.limit() + 1).collect(), request.limit(), cursor)
}

fn row<I: From<Uuid>>(cursor: &Cursor) -> (String, I) {
    (cursor.key.clone(), I::from(cursor.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_their_keys_do() {
        let keys = [
            "2025-12-31T23:59:59.999999Z",
            "2026-01-01T00:00:00.000000Z",
            "2026-01-01T00:00:00.000001Z",
        ];
        let printed = keys.map(|key| time_key(key.parse().unwrap()));
        assert_eq!(printed, keys);
        assert!(keys.is_sorted());
    }
}
