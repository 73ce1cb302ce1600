use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::UserId;
use crate::ports::{Accounts, BookingStore, Catalog, Outbox, Reviews};

use super::samples::{self, Hall};
use super::{EngineClock, LONG, later};

/// An empty store of record: the ports that look at the same rows.
pub trait StoreFixture: EngineClock {
    /// Its accounts.
    fn accounts(&self) -> Arc<dyn Accounts>;
    /// Its catalogue, without any cache in front.
    fn catalog(&self) -> Arc<dyn Catalog>;
    /// Its bookings.
    fn bookings(&self) -> Arc<dyn BookingStore>;
    /// Its reviews.
    fn reviews(&self) -> Arc<dyn Reviews>;
    /// Its outbox.
    fn outbox(&self) -> Arc<dyn Outbox>;
}

/// A store with one hall, open for a long time to come.
pub(crate) struct Scene {
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) bookings: Arc<dyn BookingStore>,
    pub(crate) reviews: Arc<dyn Reviews>,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) hall: Hall,
    /// A person with an account.
    pub(crate) ann: UserId,
    /// Another one.
    pub(crate) bob: UserId,
}

impl Scene {
    /// The showtime starts long after everything else ends.
    pub(crate) async fn new(fixture: &impl StoreFixture) -> Self {
        Self::starting(fixture, later(fixture.now().await, 100 * LONG)).await
    }

    pub(crate) async fn starting(fixture: &impl StoreFixture, starts_at: Timestamp) -> Self {
        let accounts = fixture.accounts();
        let catalog = fixture.catalog();
        Self {
            hall: Hall::open(&*catalog, starts_at).await,
            ann: samples::person(&*accounts).await,
            bob: samples::person(&*accounts).await,
            bookings: fixture.bookings(),
            reviews: fixture.reviews(),
            outbox: fixture.outbox(),
            accounts,
            catalog,
        }
    }

    /// The owned seats of the hall's showtime.
    pub(crate) async fn taken(&self) -> Vec<crate::domain::TakenSeat> {
        self.bookings.taken_seats(self.hall.showtime.id).await.unwrap()
    }

    /// Takes everything out of the outbox and marks it as delivered.
    pub(crate) async fn drain(&self) -> Vec<crate::domain::Message> {
        let taken = self.outbox.take(1000, LONG).await.unwrap();
        let messages: Vec<_> = taken.into_iter().map(|taken| taken.message).collect();
        let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        self.outbox.delivered(&ids).await.unwrap();
        messages
    }
}
