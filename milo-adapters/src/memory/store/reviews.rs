use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use milo_core::domain::{Cursor, MovieId, Page, PageRequest, Review, ReviewId, Stars, UserId, Version};
use milo_core::ports::{AddReviewError, ChangeReviewError, PortError, Reviews};

use super::MemoryStore;
use super::listing::{Listing, descending, page, time_key};
use super::state::{ReviewTables, State};

impl ReviewTables {
    fn insert(&mut self, review: Review) {
        let row = (time_key(review.created_at), review.id);
        self.by_movie.entry(review.movie).or_default().insert(row.clone());
        self.by_author.entry(review.author).or_default().insert(row);
        self.unique.insert((review.movie, review.author), review.id);
        self.rows.insert(review.id, review);
    }

    fn remove(&mut self, review: ReviewId) -> Option<Review> {
        let review = self.rows.remove(&review)?;
        let row = (time_key(review.created_at), review.id);
        if let Some(of_movie) = self.by_movie.get_mut(&review.movie) {
            of_movie.remove(&row);
        }
        if let Some(of_author) = self.by_author.get_mut(&review.author) {
            of_author.remove(&row);
        }
        self.unique.remove(&(review.movie, review.author));
        Some(review)
    }

    /// Removes every review of a film.
    pub(super) fn remove_movie(&mut self, movie: MovieId) {
        for (_, review) in self.by_movie.remove(&movie).unwrap_or_default() {
            self.remove(review);
        }
    }

    fn expect(&self, review: ReviewId, expected: Version) -> Result<&Review, ChangeReviewError> {
        let stored = self.rows.get(&review).ok_or(ChangeReviewError::NotFound)?;
        if stored.version == expected {
            Ok(stored)
        } else {
            Err(ChangeReviewError::Stale)
        }
    }

    fn page<K: Ord>(&self, index: &BTreeMap<K, Listing<ReviewId>>, of: &K, request: &PageRequest) -> Page<Review> {
        let none = Listing::new();
        let listing = index.get(of).unwrap_or(&none);
        let rows = descending(listing, request.after.as_ref()).filter_map(|(_, id)| self.rows.get(id).cloned());
        page(rows, request, |review| Cursor {
            key: time_key(review.created_at),
            id: review.id.0,
        })
    }
}

impl State {
    /// Keeps a film's summary true: `gone` leaves it, `new` joins it.
    fn summarize(&mut self, movie: MovieId, gone: Option<Stars>, new: Option<Stars>) {
        if let Some(movie) = self.catalog.movies.get_mut(&movie) {
            let summary = &mut Arc::make_mut(movie).reviews;
            if let Some(stars) = gone {
                summary.count = summary.count.saturating_sub(1);
                summary.stars = summary.stars.saturating_sub(u64::from(stars.get()));
            }
            if let Some(stars) = new {
                summary.count = summary.count.saturating_add(1);
                summary.stars = summary.stars.saturating_add(u64::from(stars.get()));
            }
        }
    }
}

#[async_trait]
impl Reviews for MemoryStore {
    async fn add(&self, review: &Review) -> Result<(), AddReviewError> {
        let (mut state, _) = self.act();
        if !state.catalog.movies.contains_key(&review.movie) {
            return Err(AddReviewError::NoSuchMovie);
        }
        let known = state.reviews.unique.get(&(review.movie, review.author));
        if let Some(known) = known.and_then(|id| state.reviews.rows.get(id)) {
            return Err(AddReviewError::AlreadyReviewed(Box::new(known.clone())));
        }
        if state.reviews.rows.contains_key(&review.id) {
            return Err(PortError::refused("reviews", "another review has the id").into());
        }
        state.reviews.insert(review.clone());
        state.summarize(review.movie, None, Some(review.stars));
        Ok(())
    }

    async fn change(&self, review: &Review, expected: Version) -> Result<(), ChangeReviewError> {
        let (mut state, _) = self.act();
        let before = state.reviews.expect(review.id, expected)?;
        let (movie, stars) = (before.movie, before.stars);
        let changed = Review {
            // Whose it is, of what and since when is what its place in the lists hangs on: that never changes.
            movie,
            author: before.author,
            created_at: before.created_at,
            ..review.clone()
        };
        state.reviews.rows.insert(review.id, changed);
        state.summarize(movie, Some(stars), Some(review.stars));
        Ok(())
    }

    async fn remove(&self, review: ReviewId, expected: Version) -> Result<(), ChangeReviewError> {
        let (mut state, _) = self.act();
        state.reviews.expect(review, expected)?;
        if let Some(gone) = state.reviews.remove(review) {
            state.summarize(gone.movie, Some(gone.stars), None);
        }
        Ok(())
    }

    async fn review(&self, review: ReviewId) -> Result<Option<Review>, PortError> {
        Ok(self.act().0.reviews.rows.get(&review).cloned())
    }

    async fn of_movie(&self, movie: MovieId, page: &PageRequest) -> Result<Page<Review>, PortError> {
        let (state, _) = self.act();
        let reviews = &state.reviews;
        Ok(reviews.page(&reviews.by_movie, &movie, page))
    }

    async fn of_author(&self, author: UserId, page: &PageRequest) -> Result<Page<Review>, PortError> {
        let (state, _) = self.act();
        let reviews = &state.reviews;
        Ok(reviews.page(&reviews.by_author, &author, page))
    }
}
