use std::time::Duration;

use async_trait::async_trait;
use milo_core::domain::{
    Booking, Claim, Fingerprint, HoldId, IdempotencyKey, LeaseEpoch, MovieId, Page, PageRequest, PaymentId, Placement,
    ReservationId, ShowtimeId, TakenSeat, Transition, UserId,
};
use milo_core::ports::{ApplyError, Backlog, BookingStore, PlaceError, Placed, PortError};

use super::{MemoryStore, apply, booking_reads, leases, place};

#[async_trait]
impl BookingStore for MemoryStore {
    async fn place(&self, placement: &Placement) -> Result<Placed, PlaceError> {
        let (mut state, now) = self.act();
        place::place(&mut state, placement, now)
    }

    async fn apply(&self, transition: &Transition) -> Result<Booking, ApplyError> {
        let (mut state, now) = self.act();
        apply::apply(&mut state, transition, now)
    }

    async fn booking(&self, reservation: ReservationId) -> Result<Option<Booking>, PortError> {
        Ok(self.act().0.bookings.booking(&reservation))
    }

    async fn by_hold(&self, user: UserId, hold: HoldId) -> Result<Option<Booking>, PortError> {
        Ok(booking_reads::by_hold(&self.act().0.bookings, user, hold))
    }

    async fn by_key(&self, user: UserId, key: &IdempotencyKey) -> Result<Option<(Booking, Fingerprint)>, PortError> {
        let (state, now) = self.act();
        let row = state.bookings.keyed(user, key, now);
        Ok(row.and_then(|row| Some((state.bookings.booking(&row.reservation)?, row.fingerprint))))
    }

    async fn bookings_of(&self, user: UserId, page: &PageRequest) -> Result<Page<Booking>, PortError> {
        Ok(booking_reads::of_user(&self.act().0.bookings, user, page))
    }

    async fn taken_seats(&self, showtime: ShowtimeId) -> Result<Vec<TakenSeat>, PortError> {
        Ok(booking_reads::taken_seats(&self.act().0.bookings, showtime))
    }

    async fn claim_payment(&self, payment: PaymentId, lease: Duration) -> Result<Option<Claim>, PortError> {
        let (mut state, now) = self.act();
        Ok(leases::claim_one(&mut state.bookings, payment, lease, now))
    }

    async fn claim_due_payments(&self, limit: usize, lease: Duration) -> Result<Vec<Claim>, PortError> {
        let (mut state, now) = self.act();
        Ok(leases::claim_due(&mut state.bookings, limit, lease, now))
    }

    async fn claimed(&self, payment: PaymentId, epoch: LeaseEpoch) -> Result<Option<Claim>, PortError> {
        let (mut state, now) = self.act();
        Ok(leases::claimed(&mut state.bookings, payment, epoch, now))
    }

    async fn expired(&self, limit: usize) -> Result<Vec<Booking>, PortError> {
        let (state, now) = self.act();
        let bookings = &state.bookings;
        let over = bookings.pending.iter().take_while(|(expires_at, _)| *expires_at <= now);
        Ok(over.take(limit).filter_map(|(_, id)| bookings.booking(id)).collect())
    }

    async fn stranded(&self, limit: usize) -> Result<Vec<Booking>, PortError> {
        let (state, _) = self.act();
        let bookings = &state.bookings;
        let stranded = bookings.stranded.iter().take(limit);
        Ok(stranded.filter_map(|id| bookings.booking(id)).collect())
    }

    async fn has_watched(&self, user: UserId, movie: MovieId) -> Result<bool, PortError> {
        let (state, now) = self.act();
        Ok(booking_reads::has_watched(&state, user, movie, now))
    }

    async fn payment_backlog(&self) -> Result<Backlog, PortError> {
        let (mut state, now) = self.act();
        Ok(leases::backlog(&mut state.bookings, now))
    }
}
