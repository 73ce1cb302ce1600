use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::PortError;
use crate::domain::{
    Booking, Claim, HoldId, IdempotencyKey, LeaseEpoch, MovieId, Page, PageRequest, PaymentId, Placement,
    ReservationId, SeatId, ShowtimeId, TakenSeat, Transition, UserId,
};

/// What became of a placement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The reservation was made.
    New(Booking),
    /// The same hold was reserved before; this is that reservation as it stands now.
    SameHold(Booking),
    /// The same key was used before for the same request; this is that reservation as it stands now.
    SameKey(Booking),
}

/// Why a reservation was not made; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// These seats belong to other reservations, or are no longer on the screen.
    #[error("some seats are not free")]
    SeatsSold(Vec<SeatId>),
    /// The showtime is unknown, cancelled, or has started.
    #[error("the showtime is closed")]
    ShowtimeClosed,
    /// The showtime has other prices by now.
    #[error("the prices have changed")]
    PriceChanged,
    /// The user would have more seats in unpaid reservations of the showtime than allowed.
    #[error("too many unpaid seats of one user")]
    TooManySeats,
    /// The user used the key before for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another reservation has the code: draw another.
    #[error("the booking code is taken")]
    CodeTaken,
    /// See [`PortError`]. After an unknown outcome, repeat the same placement.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Why a step was not written; nothing was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Somebody else moved first, or took the lease over: read again and decide again.
    #[error("the reservation has moved on")]
    Stale,
    /// The version and the lease were right, but the guard was not true.
    #[error("the step is no longer allowed")]
    GuardFailed,
    /// See [`PortError`]. After an unknown outcome, read again: the step may have been taken.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Reservations and payments: the store of record and the only arbiter of who owns a seat.
/// Proven by [`crate::conformance::booking_store`].
///
/// Every call is one atomic act. All times are the store's own clock. At every moment, a seat of a showtime is owned
/// by at most one reservation, and a reservation in a state that [owns seats](crate::domain::ReservationStatus::owns_seats)
/// owns all of its seats; the history of released seats stays.
#[async_trait]
pub trait BookingStore: Debug + Send + Sync {
    /// Writes the reservation, its seat claims, its payment (due at once), its first event, its messages and its
    /// idempotency record: all or nothing. The store stamps `created_at` and adds `pay_within` for `expires_at`.
    ///
    /// A known key is looked at first, then a known hold, then the showtime, then the seats. A key is remembered for
    /// at least 24 hours. Repeating the call is safe.
    ///
    /// # Errors
    /// See [`PlaceError`]; of two placements that race for a seat, exactly one is refused.
    async fn place(&self, placement: &Placement) -> Result<Placed, PlaceError>;

    /// Moves a reservation and its payment one step, if they still are at `transition.expected`, under the lease (if
    /// the transition names one) and with the guard true; appends the event, the gateway's answer and the messages.
    ///
    /// A step with a [`Continue`](crate::domain::NextAttempt::Continue) leaves the lease and the next attempt as they
    /// are; any other ends the lease.
    ///
    /// # Errors
    /// See [`ApplyError`]; of two steps that race, exactly one is stale.
    async fn apply(&self, transition: &Transition) -> Result<Booking, ApplyError>;

    /// The booking of a reservation.
    async fn booking(&self, reservation: ReservationId) -> Result<Option<Booking>, PortError>;

    /// The booking that `user` made from `hold`.
    async fn by_hold(&self, user: UserId, hold: HoldId) -> Result<Option<Booking>, PortError>;

    /// The booking that `user` made with `key`, and what the request asked.
    async fn by_key(
        &self,
        user: UserId,
        key: &IdempotencyKey,
    ) -> Result<Option<(Booking, crate::domain::Fingerprint)>, PortError>;

    /// A user's bookings, newest first; the sort key is empty, ids descend.
    async fn bookings_of(&self, user: UserId, page: &PageRequest) -> Result<Page<Booking>, PortError>;

    /// Every owned seat of a showtime, ascending by seat.
    async fn taken_seats(&self, showtime: ShowtimeId) -> Result<Vec<TakenSeat>, PortError>;

    /// Claims one payment for `lease`, if it [needs work](Booking::needs_work), is due, and nobody else holds its lease.
    /// It is due from its [`next_attempt_at`](crate::domain::Payment::next_attempt_at) on; without one it never is.
    ///
    /// Raises the lease epoch: writes under an older one fail from here on.
    async fn claim_payment(&self, payment: PaymentId, lease: Duration) -> Result<Option<Claim>, PortError>;

    /// Claims up to `limit` due payments for `lease`, the longest overdue first. Claims of two callers never overlap.
    async fn claim_due_payments(&self, limit: usize, lease: Duration) -> Result<Vec<Claim>, PortError>;

    /// Whether `epoch` still names the lease of a payment, and the booking as it stands now.
    async fn claimed(&self, payment: PaymentId, epoch: LeaseEpoch) -> Result<Option<Claim>, PortError>;

    /// Up to `limit` pending bookings whose time to pay is over, the longest overdue first.
    async fn expired(&self, limit: usize) -> Result<Vec<Booking>, PortError>;

    /// Up to `limit` bookings of cancelled showtimes that still own seats and carry no wish to cancel.
    async fn stranded(&self, limit: usize) -> Result<Vec<Booking>, PortError>;

    /// Whether `user` has a confirmed reservation for a showtime of `movie` that has started.
    async fn has_watched(&self, user: UserId, movie: MovieId) -> Result<bool, PortError>;

    /// How many payments [need work](Booking::needs_work) and are overdue, and by how long the longest.
    async fn payment_backlog(&self) -> Result<Backlog, PortError>;
}

/// How far a job lags behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many items wait.
    pub count: u64,
    /// How long the oldest has waited past its time.
    pub oldest: Duration,
}
