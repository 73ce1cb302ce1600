//! Reservations and payments. What is more than one statement is a function of the schema, in `migrations/`.

mod apply;
mod leases;
mod place;
mod reads;
mod row;

use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{
    Booking, Claim, Fingerprint, HoldId, IdempotencyKey, LeaseEpoch, MovieId, Page, PageRequest, PaymentId, Placement,
    ReservationId, ShowtimeId, TakenSeat, Transition, UserId,
};
use milo_core::ports::{ApplyError, Backlog, BookingStore, PlaceError, Placed, PortError};

use super::PgStore;

const PORT: &str = "booking_store";

#[async_trait]
impl BookingStore for PgStore {
    async fn place(&self, placement: &Placement) -> Result<Placed, PlaceError> {
        place::place(self, placement).await
    }

    async fn apply(&self, transition: &Transition) -> Result<Booking, ApplyError> {
        apply::apply(self, transition).await
    }

    async fn booking(&self, reservation: ReservationId) -> Result<Option<Booking>, PortError> {
        reads::booking(self, reservation).await
    }

    async fn by_hold(&self, user: UserId, hold: HoldId) -> Result<Option<Booking>, PortError> {
        reads::by_hold(self, user, hold).await
    }

    async fn by_key(&self, user: UserId, key: &IdempotencyKey) -> Result<Option<(Booking, Fingerprint)>, PortError> {
        reads::by_key(self, user, key).await
    }

    async fn bookings_of(&self, user: UserId, page: &PageRequest) -> Result<Page<Booking>, PortError> {
        reads::of_user(self, user, page).await
    }

    async fn taken_seats(&self, showtime: ShowtimeId) -> Result<Vec<TakenSeat>, PortError> {
        reads::taken_seats(self, showtime).await
    }

    async fn claim_payment(&self, payment: PaymentId, lease: Duration) -> Result<Option<Claim>, PortError> {
        leases::claim_one(self, payment, lease).await
    }

    async fn claim_due_payments(&self, limit: usize, lease: Duration) -> Result<Vec<Claim>, PortError> {
        leases::claim_due(self, limit, lease).await
    }

    async fn claimed(&self, payment: PaymentId, epoch: LeaseEpoch) -> Result<Option<Claim>, PortError> {
        leases::claimed(self, payment, epoch).await
    }

    async fn expired(&self, limit: usize) -> Result<Vec<Booking>, PortError> {
        reads::expired(self, limit).await
    }

    async fn stranded(&self, limit: usize) -> Result<Vec<Booking>, PortError> {
        reads::stranded(self, limit).await
    }

    async fn has_watched(&self, user: UserId, movie: MovieId) -> Result<bool, PortError> {
        reads::has_watched(self, user, movie).await
    }

    async fn payment_backlog(&self) -> Result<Backlog, PortError> {
        leases::backlog(self).await
    }
}
