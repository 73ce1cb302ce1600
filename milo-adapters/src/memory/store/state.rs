use std::collections::{BTreeMap, BTreeSet};

use milo_core::domain::{Account, EmailAddress, Review, ReviewId, UserId};

use super::booking_tables::BookingTables;
use super::catalog_tables::CatalogTables;
use super::idempotency_keys::KeyTable;
use super::listing::Listing;
use super::outbox::OutboxTable;
use super::sessions::SessionTables;
use milo_core::domain::MovieId;

/// Every table of the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) accounts: BTreeMap<UserId, Account>,
    pub(super) emails: BTreeMap<EmailAddress, UserId>,
    pub(super) sessions: SessionTables,
    pub(super) catalog: CatalogTables,
    pub(super) bookings: BookingTables,
    pub(super) reviews: ReviewTables,
    pub(super) outbox: OutboxTable,
    pub(super) keys: KeyTable,
}

/// Reviews, and the indexes that their lists are read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReviewTables {
    pub(super) rows: BTreeMap<ReviewId, Review>,
    pub(super) by_movie: BTreeMap<MovieId, Listing<ReviewId>>,
    pub(super) by_author: BTreeMap<UserId, Listing<ReviewId>>,
    /// At most one review of each person for each film.
    pub(super) unique: BTreeMap<(MovieId, UserId), ReviewId>,
}

impl State {
    /// Whether one of the showtimes was ever reserved.
    pub(super) fn any_reserved<'a>(
        &self,
        showtimes: impl IntoIterator<Item = &'a milo_core::domain::ShowtimeId>,
    ) -> bool {
        showtimes.into_iter().any(|showtime| {
            self.bookings
                .by_showtime
                .get(showtime)
                .is_some_and(|ids: &BTreeSet<_>| !ids.is_empty())
        })
    }
}
